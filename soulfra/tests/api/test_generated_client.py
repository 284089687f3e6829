"""A client generated from the schema calls the running shop: it spends, runs out, turns pages and uploads a file."""

import io

import pytest

from soulfra.testing.generated_client import GeneratedClient

CSV = b"domain,name\nocean-dreams.com,Ocean Dreams\nnot a domain,Nothing\n"


@pytest.fixture
def shop(running_shop, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    generated = GeneratedClient(f"{running_shop.address}/api/schema", tmp_path)
    key = running_shop.customer(f"generated-{tmp_path.name[-20:]}-{running_shop.server}", tokens=100).key
    generated.authenticate(running_shop.address, key)
    with generated.http:
        yield generated


def test_it_does_what_its_types_say(shop):
    def spend(key="", **body):
        sent = shop.model("Spend")(**body)
        named = {"idempotency_key": key} if key else {}
        return shop.call("spending.spend_tokens").sync_detailed(client=shop.http, body=sent, **named)

    first, again = spend("a", action="ai_analysis"), spend("a", action="ai_analysis")
    assert (first.status_code, first.parsed.spent, first.parsed.balance) == (200, 5, 95)
    assert again.parsed == first.parsed
    assert "Idempotent-Replayed".lower() in {name.lower() for name in again.headers}

    refused = spend(action="data_export", quantity=10).parsed
    assert isinstance(refused, shop.model("InsufficientTokens"))
    assert (refused.status, refused.shortfall, refused.smallest_package) == (402, 5, "starter")
    wrong = spend(action="ai_analysis", quantity=0).parsed
    assert isinstance(wrong, shop.model("Problem"))
    assert [error.field for error in wrong.errors] == ["quantity"]

    spends = [spend(action="import_domain").parsed.id for _ in range(3)]
    assert usage_ids(shop, limit=2) == [*reversed(spends), first.parsed.id]

    file = shop.module("types").File(payload=io.BytesIO(CSV), file_name="mine.csv", mime_type="text/csv")
    upload = shop.call("imports.import_csv").sync(client=shop.http, body=shop.model("Form")(file=file), dry_run=True)
    assert (upload.rows, upload.tokens) == (2, 3)
    started = shop.call("imports.import_csv").sync(client=shop.http, body=shop.model("Form")(file=file))
    assert shop.call("imports.get_import").sync(started.id, client=shop.http).status.value in (
        "queued",
        "running",
        "done",
    )


def usage_ids(shop, *, limit):
    """Of all pages."""
    found: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = shop.call("spending.list_usage").sync(client=shop.http, limit=limit, **cursor)
        found += [usage.id for usage in page.usage]
        if page.next_ is None:
            return found
        cursor = {"cursor": page.next_.partition("cursor=")[2].partition("&")[0]}
