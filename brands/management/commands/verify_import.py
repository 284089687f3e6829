"""`manage.py verify_import --pre-check FILE` before an import, `--post-check FILE` after it. Both write a proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from brands.bulk_import.proof import Proof, as_json, generate_post_check_proof, generate_pre_check_proof
from brands.customer import customer_named
from brands.errors import BadFile
from brands.names import for_people

LISTED = 20


class Command(BaseCommand):
    help = (
        "Check a CSV file before or after its import; exit 1 if the import doesn't "
        "match. Writes a verification file (JSON)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--pre-check", metavar="FILE", help="before the import")
        which.add_argument("--post-check", metavar="FILE", help="after the import")
        parser.add_argument(
            "--user", metavar="NAME", help="the owner of the domains; needed when there are several users"
        )
        parser.add_argument(
            "--proof",
            metavar="PATH",
            help="where to write the verification file (default: this folder, named after the CSV file)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(options["pre_check"] or options["post_check"])
        try:
            if options["pre_check"]:
                proof = generate_pre_check_proof(file)
            else:
                proof = generate_post_check_proof(file, customer_named(options["user"]).pk)
        except BadFile as error:
            raise CommandError(str(error)) from error
        self._print(proof)
        path = Path(options["proof"] or f"{file.stem}.{proof['check']}.json")
        try:
            path.write_text(as_json(proof), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"The verification file can't be written to {path}: {error.strerror}.") from error
        self.stdout.write(f"Proof: {path}")
        if not proof.get("match", True):
            missing, different = len(proof["missing"]), len({each["domain"] for each in proof["different"]})
            raise CommandError(f"No match: {missing} missing, {different} different.")

    def _print(self, proof: Proof) -> None:
        self.stdout.write(f"File: {proof['file']}\nSHA-256: {proof['sha256']}")
        for notice in proof["notices"]:
            self.stdout.write(notice)
        for what in ("expected", "imported"):
            if what in proof:
                self.stdout.write(f"{what.capitalize()}: {_sentence(proof[what])}")
        for row in proof["left_out"][:LISTED]:
            self.stdout.write(f"Skipped: line {row['line']}, {row['domain'] or 'no domain'}: {row['why']}")
        for domain in proof.get("missing", [])[:LISTED]:
            self.stdout.write(f"Missing: {for_people(domain)}")
        for each in proof.get("different", [])[:LISTED]:
            self.stdout.write(
                f"Different: {for_people(each['domain'])}: {each['field']} is {each['found'] or 'none'}, "
                f"not {each['expected'] or 'none'}"
            )
        if proof.get("match"):
            self.stdout.write("Match: everything in the file was imported.")


def _sentence(counts: dict[str, Any]) -> str:
    kinds = [
        f"by {kind.removeprefix('by_')}: {', '.join(f'{value} {name}' for name, value in counts[kind].items()) or '–'}"
        for kind in ("by_category", "by_tier", "by_type")
    ]
    return "; ".join([f"{counts['total_domains']} domains", *kinds, f"{counts['test_domains']} test domains"])
