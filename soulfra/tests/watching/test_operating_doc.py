"""docs/operating.md and its rules for Prometheus: every figure and every quoted line of the log is there."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from soulfra.watching import metrics
from tokens import heartbeat
from tokens.models import LedgerCheck

ROOT = Path(settings.BASE_DIR)
DOCUMENT = (ROOT / "docs/operating.md").read_text()
ALARMS = DOCUMENT.partition("\n## Alarms\n")[2].partition("\n## ")[0]
RULES = (ROOT / "deploy/prometheus/alarms.yml").read_text()
CODE = (
    "".join(
        " ".join(file.read_text().split())
        for folder in ("soulfra", "tokens", "memberships", "devtools")
        for file in ROOT.glob(f"{folder}/**/*.py")
        if "tests" not in file.parts
    )
    .replace('" "', "")
    .replace('" f"', "")
)


@pytest.mark.django_db
def test_every_figure_that_is_named_is_given():
    now = timezone.now()
    heartbeat.beat(heartbeat.WORKER)
    LedgerCheck.objects.create(started_at=now, next_at=now, finished_at=now)
    given = set(re.findall(r"# TYPE (\w+)", metrics.exposition().decode()))
    named = {re.sub(r"_(count|bucket|sum)$", "", name) for name in re.findall(r"\bsoulfra_\w+", DOCUMENT + RULES)}
    assert named == given


def test_every_line_of_the_log_that_is_quoted_can_be_written():
    quoted = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", ALARMS)
    pieces = [piece.strip(" :") for quote in quoted for piece in quote.split("…") if len(piece.strip(" :")) > 5]
    assert len(pieces) > 10
    assert [piece for piece in pieces if piece not in CODE] == []
