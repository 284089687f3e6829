"""`manage.py query_by_tier` and the functions for developers."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from brands.testing.rows import make_analysis, make_brand
from memberships.models import Membership
from soulfra.developer import export_domains, get_domains_by_tier, get_membership
from tokens.errors import TokenError
from tokens.ledger.wallet import get_token_balance
from tokens.models import TokenUsage
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def some(alice, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    simulate_token_purchase(alice.pk, "pro")
    make_brand(alice, "a.com", category_id="tech", brand_type="blog")
    make_brand(alice, "b.com", tier="creative", category_id="tech")
    make_brand(alice, "c.com", is_test=True)
    make_brand(alice, "staged.com", is_staged=True)


def run(*args):
    """What went to standard output, and what to standard error."""
    out, err = StringIO(), StringIO()
    call_command("query_by_tier", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_an_export_is_the_file_on_standard_output_for_ten_tokens(alice, some):
    out, err = run("--tier", "foundation", "--export", "json")
    assert [row["domain"] for row in json.loads(out)] == ["a.com", "c.com"]
    assert err == "2 domains exported for 10 tokens; 490 left.\n"
    assert TokenUsage.objects.get().metadata["tier"] == "foundation"


def test_an_export_as_csv_opens_in_a_spreadsheet(alice, some):
    out, _ = run("--category", "tech", "--export", "csv")
    assert out.startswith("\ufeffdomain,name,")
    assert [line.partition(",")[0] for line in out.splitlines()[1:]] == ["a.com", "b.com"]


def test_a_list_shows_domains_as_people_write_them_and_an_export_in_ascii(alice, some):
    make_brand(alice, "xn--bcher-kva.de", tier="business")
    make_brand(alice, "xn--pypal-4ve.com", tier="business", is_lookalike=True)
    listed = run("--tier", "business")[0].splitlines()
    assert [line.partition(" ")[0] for line in listed[:2]] == ["bücher.de", "xn--pypal-4ve.com"]
    out, _ = run("--tier", "business", "--export", "json")
    assert [row["domain"] for row in json.loads(out)] == ["xn--bcher-kva.de", "xn--pypal-4ve.com"]


def test_listing_and_counting_are_free(alice, some):
    assert run("--tier", "creative") == ("b.com  B  creative tech -\n1 domain.\n", "")
    assert run("--stats") == (
        "3 domains\n"
        "  tier: foundation 2, creative 1\n"
        "  category: tech 2, none 1\n"
        "  brand_type: none 2, blog 1\n"
        "  is_test: false 2, true 1\n",
        "",
    )
    assert get_token_balance(alice.pk) == 500


def test_counts_beside_an_export_do_not_spoil_the_file(alice, some):
    out, err = run("--stats", "--membership", "--export", "json")
    assert len(json.loads(out)) == 3
    assert err.splitlines()[:2] == ["Membership: Free (active), 3 domains of 10", "3 domains"]


def test_the_membership_is_said_and_another_one_stops_before_anything_is_charged(alice, some):
    Membership.objects.create(user=alice, tier_id="premium")
    assert run("--membership", "premium", "--stats")[0].startswith(
        "Membership: Premium (active), 3 domains of any number\n"
    )
    with pytest.raises(CommandError, match="The membership is premium, not pro; nothing was read or charged"):
        run("--membership", "pro", "--export", "json")
    assert get_token_balance(alice.pk) == 500


def test_with_several_customers_the_command_wants_a_name(alice, bob, some):
    with pytest.raises(CommandError, match="several users: choose one with --user NAME"):
        run("--stats")
    assert run("--user", "bob")[0] == "0 domains.\n"
    assert run("--user", "alice", "--tier", "creative")[0].startswith("b.com")
    with pytest.raises(CommandError, match="Unknown user “carol”"):
        run("--user", "carol")


def test_staff_are_not_asked_about_when_there_is_one_customer(alice, staff, some):
    assert run("--tier", "creative")[0].startswith("b.com")


def test_without_a_customer_there_is_nobody_to_ask_for():
    with pytest.raises(CommandError, match="no customers yet"):
        run()


@pytest.mark.parametrize(
    ("args", "why"),
    [(["--tier", "gold"], "Unknown tier “gold”"), (["--tier", "business", "--export", "json"], "nothing was exported")],
)
def test_what_is_refused_is_one_sentence_and_charges_nothing(alice, some, args, why):
    with pytest.raises(CommandError, match=why):
        run(*args)
    assert get_token_balance(alice.pk) == 500


def test_too_few_tokens_are_said(bob):
    make_brand(bob)
    with pytest.raises(CommandError, match="This needs 10 tokens; you have 0 available"):
        run("--export", "csv")


def test_domains_by_tier_are_everybodys_or_one_users_and_never_staged(alice, bob, some):
    make_brand(bob, "bobs.com")
    assert [brand.domain for brand in get_domains_by_tier("foundation")] == ["a.com", "c.com", "bobs.com"]
    assert [brand.domain for brand in get_domains_by_tier("foundation", bob.pk)] == ["bobs.com"]
    with pytest.raises(TokenError, match="Unknown tier “gold”"):
        get_domains_by_tier("gold")


def test_domains_become_a_text_without_a_charge(alice, some):
    make_analysis(get_domains_by_tier("foundation")[0])
    text = export_domains(get_domains_by_tier("foundation"), "json")
    assert [(row["domain"], bool(row["analysis"])) for row in json.loads(text)] == [("a.com", True), ("c.com", False)]
    assert export_domains(list(get_domains_by_tier("creative")), "csv").splitlines()[1].startswith("b.com,B,tech,")
    assert export_domains([], "json") == "[]\n"
    assert get_token_balance(alice.pk) == 500
    with pytest.raises(TokenError, match="Unknown format “xml”"):
        export_domains([], "xml")


def test_the_membership_can_be_asked_for(alice):
    assert get_membership(alice.pk).tier == "free"


def test_domains_are_queried_by_type_and_test(alice, capsys):
    make_brand(alice, "a.com", brand_type="blog")
    make_brand(alice, "b.com", is_test=True)
    for args, domain in ((["--type", "blog"], "a.com"), (["--test", "true"], "b.com"), (["--test", "false"], "a.com")):
        call_command("query_by_tier", *args)
        out = capsys.readouterr().out
        assert (out.split()[0], out.endswith("1 domain.\n")) == (domain, True)
