"""Bodies that tests send byte by byte, and what came of them."""

import re

from soulfra.testing.wire import Caller, as_browser

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=BB"}
SPEND = b'{"action": "import_domain"}'


def parts(*files: tuple[str, bytes]) -> bytes:
    head = b'--BB\r\nContent-Disposition: form-data; name="%s"; filename="a.csv"\r\n\r\n%s\r\n'
    return b"".join(head % (name.encode(), data) for name, data in files) + b"--BB--\r\n"


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def with_metadata(metadata: str) -> bytes:
    return f'{{"action": "import_domain", "metadata": {metadata}}}'.encode()


def imports_of(caller: Caller) -> set[str]:
    """Those that were begun, whether or not a worker has seen them."""
    page = caller.get("/domains/import", as_browser(caller)).body.decode()
    return set(re.findall(r"/domains/import/([0-9a-f-]{36})", page))
