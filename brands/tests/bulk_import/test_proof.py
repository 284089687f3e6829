"""What a file says should be there, whether it is, and the commands that say so."""

import hashlib
import json

import pytest
from django.core.management import CommandError, call_command

from brands.bulk_import import work
from brands.bulk_import.proof import generate_post_check_proof, generate_pre_check_proof
from brands.importing import import_domain
from brands.models import Brand
from brands.testing.csv_files import SAMPLES, csv_of, csv_with
from brands.testing.rows import free_ones
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_pre_check_counts_what_importing_should_lead_to(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_bytes(
        b"domain,category,tier,type,is_test,price\n"
        b"ocean.com,tech,creative,blog,yes,1\nsea.com,,,,,2\nSEA.com,,,,,3\nnas.local,,,,,4\n"
    )
    proof = generate_pre_check_proof(file)
    del proof["checked_at"]
    assert proof == {
        "check": "pre-check",
        "file": "mine.csv",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "rows": 4,
        "expected": {
            "total_domains": 2,
            "by_category": {"none": 1, "tech": 1},
            "by_tier": {"creative": 1, "foundation": 1},
            "by_type": {"blog": 1, "none": 1},
            "test_domains": 1,
        },
        "left_out": [
            {"line": 4, "domain": "SEA.com", "verdict": "duplicate", "why": "The same domain is on line 3."},
            {
                "line": 5,
                "domain": "nas.local",
                "verdict": "invalid",
                "why": "“nas.local” ends in .local, which isn't a public suffix.",
            },
        ],
        "notices": ["Unused columns: price."],
    }


def test_the_post_check_says_what_is_missing_and_what_is_different(alice, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_bytes(b"domain,category\nocean.com,tech\nsea.com,\nlake.com,\n")
    for name in ("ocean.com", "sea.com"):
        import_domain(alice.pk, name)
    proof = generate_post_check_proof(file, alice.pk)
    assert (proof["match"], proof["missing"], proof["imported"]["total_domains"]) == (False, ["lake.com"], 2)
    assert proof["different"] == [{"domain": "ocean.com", "field": "category", "expected": "tech", "found": None}]


def test_what_is_bobs_does_not_count_for_alice(alice, bob, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_bytes(csv_of("ocean.com"))
    import_domain(bob.pk, "ocean.com")
    assert generate_post_check_proof(file, alice.pk)["missing"] == ["ocean.com"]


def test_the_guides_walk_from_pre_check_to_post_check(alice, here, capsys):
    simulate_token_purchase(alice.pk, "pro")
    file = str(SAMPLES / "test-domains-50.csv")
    call_command("verify_import", pre_check=file)
    assert json.loads((here / "test-domains-50.pre-check.json").read_text())["expected"]["total_domains"] == 50
    with pytest.raises(CommandError, match="No match: 50 missing, 0 different"):
        call_command("verify_import", post_check=file)
    call_command("import_domains", file, user="alice")
    call_command("verify_import", post_check=file, proof="proof.json")
    proof = json.loads((here / "proof.json").read_text())
    assert (proof["match"], proof["imported"]) == (True, proof["expected"])
    said = capsys.readouterr().out
    assert "50 of 50 rows imported for alice, 52 tokens spent. Balance: 448." in said
    assert "Expected: 50 domains; by category: 5 art, 5 business" in said
    assert "Match: everything in the file was imported." in said


def test_the_post_check_needs_to_know_whose_domains_when_there_are_several_users(alice, bob, here):
    (here / "mine.csv").write_bytes(csv_of("ocean.com"))
    with pytest.raises(CommandError, match="--user NAME"):
        call_command("verify_import", post_check="mine.csv")
    with pytest.raises(CommandError, match="No match: 1 missing"):
        call_command("verify_import", post_check="mine.csv", user="bob")


def test_a_file_that_is_none_is_an_error_of_the_commands(alice, here):
    (here / "mine.csv").write_bytes(b"")
    with pytest.raises(CommandError, match="empty"):
        call_command("verify_import", pre_check="mine.csv")
    with pytest.raises(CommandError, match="Nothing was imported: The file is empty"):
        call_command("import_domains", "mine.csv")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_domains", "none.csv")


def test_the_import_command_run_twice_charges_once(alice, here, capsys):
    simulate_token_purchase(alice.pk, "starter")
    (here / "mine.csv").write_bytes(csv_with(3))
    for _ in range(2):
        call_command("import_domains", "mine.csv")
    assert "0 of 3 rows imported for alice, 0 tokens spent. Balance: 95." in capsys.readouterr().out
    assert (Brand.objects.count(), get_token_balance(alice.pk)) == (3, 95)


def test_the_import_command_fails_when_nothing_pays_or_the_work_fails(alice, here, monkeypatch):
    free_ones(alice, 10)
    (here / "mine.csv").write_bytes(csv_with(3))
    with pytest.raises(CommandError, match="Nothing was imported: Buy tokens or upgrade subscription"):
        call_command("import_domains", "mine.csv")
    simulate_token_purchase(alice.pk, "starter")
    monkeypatch.setattr(work, "_finish", lambda _: 1 / 0)
    with pytest.raises(CommandError, match="Nothing was imported and nothing charged: Something went wrong"):
        call_command("import_domains", "mine.csv")
    assert (Brand.objects.count(), get_token_balance(alice.pk)) == (10, 100)


def test_a_proof_that_cannot_be_written_is_an_error_in_a_sentence(tmp_path):
    (tmp_path / "mine.csv").write_bytes(csv_of("ocean.com"))
    with pytest.raises(CommandError, match=r"The verification file can't be written to .*: No such file or directory"):
        call_command("verify_import", pre_check=tmp_path / "mine.csv", proof=tmp_path / "none" / "proof.json")
