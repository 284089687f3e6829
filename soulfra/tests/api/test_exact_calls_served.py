"""The same refusals from the servers that people use, and nothing is bought, spent or imported by what is refused."""

import http.client
import json

import pytest

JSON, CSV, FORM = "application/json", "text/csv", "multipart/form-data; boundary=x"
FILE = "domain\nocean.com\n"
PART = f"--x\r\nContent-Disposition: form-data; name=csv; filename=mine.csv\r\n\r\n{FILE}\r\n--x--\r\n"
# Method, path, body, its type; what the answer begins with, a 400 unless it is among OTHERS.
REFUSED = [
    (
        "POST",
        "/domains/export",
        '{"teir": "business", "format": "json"}',
        JSON,
        "teir: Unknown field. Use: tier, ",
    ),
    ("POST", "/domains/export?tier=business", '{"format": "json"}', JSON, "tier: Unknown query parameter. "),
    ("POST", "/tokens/purchase", '{"package": "pro", "quantity": 3}', JSON, "quantity: Unknown field. "),
    ("POST", "/tokens/spend", '{"action": "ai_analysis", "tokens": 1}', JSON, "tokens: Unknown field. "),
    ("POST", "/tokens/spend?dry_run=true", '{"action": "ai_analysis"}', JSON, "dry_run: Unknown query parameter. "),
    ("POST", "/tokens/spend", '{"action": "x", "action": "ai_analysis"}', JSON, "“action” appears more than once"),
    ("POST", "/tokens/spend", '{"action": "ai_analysis", "metadata": {"a": 1, "a": 2}}', JSON, "“a” appears more"),
    ("POST", "/tokens/holds", '{"action": "ai_analysis", "tokens": "5"}', JSON, "tokens: Must be a whole number"),
    ("POST", "/tokens/holds", '{"action": "ai_analysis", "expires_in": true}', JSON, "expires_in: Must be a whole"),
    ("POST", "/domains", '{"domain": "ocean.com", "is_test": "true"}', JSON, "is_test: Must be true or false"),
    ("POST", "/domains/import?dryrun=true", FILE, CSV, "dryrun: Unknown query parameter. Use: dry_run."),
    ("POST", "/domains/import?dry_run=maybe", FILE, CSV, "dry_run: Must be true or false."),
    ("POST", "/domains/import", PART, FORM, "csv: Unknown field. Use: file."),
    ("POST", "/domains/import", "{}", JSON, "This endpoint accepts text/csv or multipart/form-data"),
    ("POST", "/memberships/cancel", '{"at": "once"}', JSON, "at: Unknown field. This endpoint takes no body"),
    ("GET", "/tokens/balance", '{"user_id": 1}', JSON, "user_id: Unknown field. This endpoint takes no body"),
    ("GET", "/tokens/balance?format=json", "", "", "format: Unknown query parameter. This endpoint takes none."),
    ("GET", "/tokens/history?limit=0", "", "", "limit: Must be a whole number from 1 to 200."),
    ("GET", "/tokens/usage?limit=1&limit=2", "", "", "limit: Sent more than once"),
    ("GET", "/tokens/usage?cursor=AAAA", "", "", "cursor: Invalid cursor. Start without one"),
    ("GET", "/domains?is_test=maybe", "", "", "is_test: Must be true or false."),
    ("GET", "/domains?tier=gold", "", "", "Unknown tier “gold”. Use: foundation"),
    ("GET", "/tokens/packages?currency=eur", "", "", "currency: Unknown query parameter."),
    ("GET", "/schema?lang=de", "", "", "lang: Unknown query parameter. Use: format."),
    ("PUT", "/tokens/spend", "{}", JSON, "PUT isn't supported here. Use: POST, OPTIONS."),
    ("POST", "/tokens/spend", '{"action": "ai_analysis"}', "text/plain", "This endpoint accepts application/json"),
]
OTHERS = {"PUT isn't": 405, "This endpoint accepts": 415}


@pytest.fixture
def call(running_shop):
    connection = http.client.HTTPConnection("127.0.0.1", running_shop.port, timeout=30)
    customer = running_shop.customer("exact", tokens=100)

    def call(method, path, body="", content_type="", accept="*/*"):
        headers = {"Authorization": f"Bearer {customer.key}", "Accept": accept}
        headers |= {"Content-Type": content_type} if content_type else {}
        connection.request(method, path, body.encode() or None, headers)
        answer = connection.getresponse()
        return answer, json.loads(answer.read())

    yield call
    connection.close()


def test_what_nobody_knows_is_refused_by_name_and_nothing_happens(call):
    for method, path, body, content_type, detail in REFUSED:
        answer, problem = call(method, f"/api{path}", body, content_type)
        status = next((status for begins, status in OTHERS.items() if detail.startswith(begins)), 400)
        got = (answer.status, answer.headers["Content-Type"], problem["detail"][: len(detail)])
        assert got == (status, "application/problem+json", detail), (method, path, body)
        assert answer.headers["X-Request-ID"]
    answer, problem = call("GET", "/api/tokens/balance", accept="text/html")
    assert (answer.status, problem["detail"].partition(".")[0]) == (406, "This endpoint returns application/json")

    assert call("GET", "/api/tokens/balance")[1]["balance"] == 100
    for path, key in (("tokens/usage", "usage"), ("tokens/history", "history"), ("domains?limit=200", "domains")):
        assert call("GET", f"/api/{path}")[1][key] == []
    assert call("POST", "/api/tokens/spend", '{"action": "ai_analysis"}', JSON)[1]["balance"] == 95
