"""Work on domains that was paid for with tokens: it is done and stays, so its owner can't have the tokens back too."""

from __future__ import annotations

from tokens.models import TokenUsage
from tokens.spending.taking_back import stays

# What a usage of each action says if it paid for work of ours, whose owner has it from then on.
SAID = {
    "import_domain": {"domain", "file"},
    "csv_import": {"file"},
    "ai_analysis": {"domain"},
    "data_export": {"export"},
}


@stays
def paid_for_domains(usage: TokenUsage) -> bool:
    """Whether it paid for an import, analysis or export.

    What a program spends itself on an action of that name, and describes in the same words, can't be told apart.
    """
    return bool(SAID.get(usage.action, set()) & {*usage.metadata})
