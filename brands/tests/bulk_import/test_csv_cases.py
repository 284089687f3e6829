"""Files of domains as they come from elsewhere, sent to the servers that people use."""

import html
import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from devtools.testing.servers import Customer, RunningShop

CASES = Path(__file__).parent / "cases"
BOUNDARY = "of-this-form"
ODD_NAMES = ["wild-card.com", "under-score.com", "lead-dot.com", "example-video.com"]

# What a file's new domains are, and words of its notices.
READ = {
    "csv-registrar-a.csv": (["harbour-lights.com", "quiet-orchard.net"], "Forwarding URL"),
    "csv-registrar-b.csv": (["slow-river.com"], "Domain status at NC"),
    "csv-title-row.csv": (["plum-forest.com"], "Skipped 1 line above the headings: example_with_prices."),
    "csv-hash-header.csv": (["green-heron.com", "blue-heron.com"], "#severity"),
    "csv-domain-and-url.csv": (["stone-path.com"], "Unused columns: URL, Title."),
    "csv-emoji.csv": (["xn--ls8h.la"], ""),
    "csv-odd-names.csv": ([], ""),
}
REFUSED = {
    "csv-cr-latin1.csv": "Line 3 is not in UTF-8, but in an older encoding. Save it as “CSV UTF-8” and send it again.",
    "json-named-csv.csv": "This is JSON, not CSV. Export it as CSV, with a column “domain”, and send that.",
}


def ask(shop: RunningShop, path: str, data: bytes | None = None, **headers: Any) -> tuple[int, str]:
    wanted = urllib.request.Request(path if "://" in path else shop.address + path, data, headers)
    try:
        with urllib.request.urlopen(wanted, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def send(shop: RunningShop, customer: Customer, data: bytes, query: str = "") -> tuple[int, dict]:
    headers = {"Authorization": f"Bearer {customer.key}", "Content-Type": "text/csv"}
    status, body = ask(shop, f"/api/domains/import{query}", data, **headers)
    return status, json.loads(body)


def upload(shop: RunningShop, customer: Customer, name: str, data: bytes) -> tuple[int, str]:
    """Send a file by the page's form, and follow where it leads: the page's words."""
    _, page = ask(shop, "/domains/import", Cookie=f"sessionid={customer.session}")
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found
    token = found[1]
    cookies = f"sessionid={customer.session}; csrftoken={token[:32]}"
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{{}}"{{}}\r\n\r\n'
    body = (part.format("csrfmiddlewaretoken", "") + token[:32] + "\r\n").encode()
    body += part.format("file", f'; filename="{name}"').encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Origin": shop.address, "Cookie": cookies}
    status, page = ask(shop, "/domains/import", body, **headers)
    main = page.partition("<main")[2].partition("</main>")[0]
    return status, " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture(scope="module")
def customer(running_shop: RunningShop) -> Customer:
    return running_shop.customer("sender", tokens=100)


def test_the_api_reads_each_file_or_says_what_to_do(running_shop, customer):
    for name, (domains, notice) in READ.items():
        status, told = send(running_shop, customer, (CASES / name).read_bytes(), "?dry_run=true")
        new = [row["domain"] for row in told["verdicts"] if row["verdict"] == "new"]
        assert (status, new, notice in " ".join(told["notices"])) == (200, domains, True), told
    for name, sentence in REFUSED.items():
        status, problem = send(running_shop, customer, (CASES / name).read_bytes(), "?dry_run=true")
        assert (status, problem["detail"]) == (400, sentence)


def test_an_odd_name_is_refused_in_a_sentence_that_says_what_to_write(running_shop, customer):
    _, told = send(running_shop, customer, (CASES / "csv-odd-names.csv").read_bytes(), "?dry_run=true")
    said = [row["why"] for row in told["verdicts"]]
    assert [why.rpartition(" Use ")[2] for why in said] == [f"{name}." for name in ODD_NAMES]
    headers = {"Authorization": f"Bearer {customer.key}", "Content-Type": "application/json"}
    for row in told["verdicts"]:
        status, body = ask(running_shop, "/api/domains", json.dumps({"domain": row["given"]}).encode(), **headers)
        assert (status, row["why"] in json.dumps(json.loads(body), ensure_ascii=False)) == (400, True)


def test_an_emoji_name_is_imported_once_however_it_is_written(running_shop, customer):
    status, started = send(running_shop, customer, "domain,name\n🦄.la,Horned\nxn--3s9h.la,Again\n".encode())
    assert status == 202
    running_shop.manage("sweep")
    key: dict[str, Any] = {"Authorization": f"Bearer {customer.key}"}
    done = json.loads(ask(running_shop, started["url"], **key)[1])
    assert (done["status"], done["imported"], done["errors_count"], done["next"]) == ("done", 1, 1, None)
    assert done["errors"] == [{"line": 3, "domain": "xn--3s9h.la", "error": "The same domain is on line 2."}]
    again = json.dumps({"domain": "🦄.la"}).encode()
    found = json.loads(ask(running_shop, "/api/domains", again, **key, **{"Content-Type": "application/json"})[1])
    assert (found["paid_by"], found["domain"], found["slug"]) == ("already_yours", "xn--3s9h.la", "horned")
    listed = json.loads(ask(running_shop, f"/api/domains?q={quote('🦄')}", **key)[1])
    assert [row["domain"] for row in listed["domains"]] == ["xn--3s9h.la"]
    assert "🦄.la" in ask(running_shop, "/domains/", Cookie=f"sessionid={customer.session}")[1]


def test_the_page_reads_each_file_or_says_what_to_do(running_shop, customer):
    for name, (domains, notice) in READ.items():
        status, said = upload(running_shop, customer, name, (CASES / name).read_bytes())
        s = "" if len(domains) == 1 else "s"
        assert (status, f"{len(domains)} new domain{s}" in said, notice in said) == (200, True, True), said
        assert all(domain in said for domain in domains if not domain.startswith("xn--")), said
    for name, sentence in REFUSED.items():
        status, said = upload(running_shop, customer, name, (CASES / name).read_bytes())
        assert (status, sentence in said) == (400, True), said
    assert "💩.la" in upload(running_shop, customer, "csv-emoji.csv", (CASES / "csv-emoji.csv").read_bytes())[1]


def test_a_file_of_very_many_columns_is_refused_by_both_doors(running_shop, customer):
    wide = ",".join(f"c{number}" for number in range(20_000)).encode() + b"\nocean.com"
    sentence = "Line 1 has more than 100 columns, the most that a file may have."
    status, problem = send(running_shop, customer, wide)
    assert (status, sentence in problem["detail"]) == (400, True)
    status, said = upload(running_shop, customer, "wide.csv", wide)
    assert (status, sentence in said) == (400, True)
