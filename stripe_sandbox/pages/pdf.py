"""A PDF of one column of text, by hand: what an invoice needs, and no library for it."""

from collections.abc import Iterable

_TOP, _LEFT, _SIZE, _LEADING = 790, 56, 11, 18
_LINES_A_PAGE = 40
_HEAD = b"%PDF-1.4\n"


def pdf_of(lines: Iterable[str]) -> bytes:
    """A4 pages in Helvetica. Letters that Western Europe does not write become question marks."""
    rest = list(lines) or [""]
    pages = [rest[start : start + _LINES_A_PAGE] for start in range(0, len(rest), _LINES_A_PAGE)]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        objects += [_page(contents=5 + 2 * number), _stream(page)]
    return _file(objects)


def _page(*, contents: int) -> bytes:
    font = "<< /Font << /F1 3 0 R >> >>"
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources {font} /Contents {contents} 0 R >>".encode()
    )


def _stream(lines: list[str]) -> bytes:
    shown = b"\n".join(b"(" + _escaped(line) + b") Tj T*" for line in lines)
    start = f"BT /F1 {_SIZE} Tf {_LEADING} TL {_LEFT} {_TOP} Td\n".encode()
    text = start + shown + b"\nET"
    return f"<< /Length {len(text)} >>\nstream\n".encode() + text + b"\nendstream"


def _escaped(line: str) -> bytes:
    text = line.encode("cp1252", errors="replace")
    for sign in (b"\\", b"(", b")"):
        text = text.replace(sign, b"\\" + sign)
    return text


def _file(objects: list[bytes]) -> bytes:
    body, places = bytearray(_HEAD), []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = len(body)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    body += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    body += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(body)
