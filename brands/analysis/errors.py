"""What can go wrong with an analysis, named."""

from __future__ import annotations


class AnalysisFailed(Exception):
    """There is no analysis; `str(error)` is a sentence for the owner. `may_pass`: the same may work a moment later."""

    def __init__(self, why: str, *, may_pass: bool = False) -> None:
        super().__init__(why)
        self.may_pass = may_pass
