"""Which engine analyses: a language model where the settings name one, else the bundled rules.

Both are imported only when they are used, so that the shop starts no slower for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from brands.analysis.errors import AnalysisFailed
from brands.analysis.subject import Subject

if TYPE_CHECKING:
    from brands.analysis.suggestion import Suggestion

RULES, MODEL = "rules", "model"
# To be raised with every change of what the model is told or of what the rules know.
PROMPT_VERSIONS = {RULES: "rules-3", MODEL: "brand-1"}
RULES_LABEL = "Rule-based analysis - no AI model configured"


def engine_now() -> str:
    """The engine that an analysis asked for now gets: "rules" or "model"."""
    is_reachable = settings.ANALYSIS_BASE_URL or settings.ANALYSIS_API_KEY
    return MODEL if settings.ANALYSIS_MODEL and is_reachable else RULES


def is_free(engine: str) -> bool:
    """Whether an analysis by this engine ("rules" or "model") costs no tokens."""
    return engine == RULES and not settings.RULES_ANALYSIS_COSTS


def model_of(engine: str) -> str:
    """The model's name as stored with an analysis; "" for the rules."""
    return str(settings.ANALYSIS_MODEL)[:120] if engine == MODEL else ""


def is_rule_based() -> bool:
    """Whether an analysis asked for now is made by the rules, as pages say before it is asked for."""
    return engine_now() == RULES


def label_of(engine: str, model: str = "") -> str:
    """The engine's name for pages, with the model's if there is one; the rules are never called AI."""
    return f"AI analysis by {model}" if engine == MODEL else RULES_LABEL


def analyse(engine: str, subject: Subject) -> Suggestion:
    """Raises AnalysisFailed. No transaction may be open where the engine is a model: it takes its time."""
    if engine == RULES:
        from brands.analysis import rules

        return rules.analyse(subject)
    if engine_now() != MODEL:
        raise AnalysisFailed("No AI model is configured any more.")
    from brands.analysis import model

    return model.analyse(subject)
