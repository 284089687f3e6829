"""The parts of the API, by address: each call is in the one with the longest beginning that fits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tag:
    name: str
    description: str
    addresses: tuple[str, ...]


TAGS = [
    Tag(
        "Spending",
        "Charge tokens for what your product does: one action or many at once, what they would cost, and what was "
        "spent so far. Staff add actions and set their prices; `GET /api/tokens/packages` lists them.",
        ("/api/tokens/spend", "/api/tokens/usage", "/api/tokens/quote"),
    ),
    Tag(
        "Holds",
        "Put tokens aside for work that takes a while, and spend only what it used. A hold that is neither captured "
        "nor released ends by itself.",
        ("/api/tokens/holds",),
    ),
    Tag(
        "Balance",
        "How many tokens there are, every movement that made them so, and limits on spending.",
        ("/api/tokens/balance", "/api/tokens/stats", "/api/tokens/statement", "/api/tokens/limits"),
    ),
    Tag(
        "Purchases",
        "Packages, and buying them on Stripe's page or automatically.",
        ("/api/tokens/packages", "/api/tokens/purchase", "/api/tokens/history", "/api/tokens/auto-top-up"),
    ),
    Tag("Membership", "The monthly plan, which may pay for imports instead of tokens.", ("/api/memberships",)),
    Tag("Domains", "Domains as brands: add, change, analyze and export them.", ("/api/domains",)),
    Tag("Imports", "Many domains from a CSV file: all its new rows, or none.", ("/api/domains/import",)),
    Tag("Account", "Settings of the account, and its API keys.", ("/api/",)),
]


def tag_of(path: str) -> str:
    """The name of the part that this address belongs to."""
    lengths = {tag.name: max((len(a) for a in tag.addresses if path.startswith(a)), default=0) for tag in TAGS}
    return max(lengths, key=lambda name: lengths[name])
