"""A problem of each kind that is worth a look, as the schema shows it."""

from __future__ import annotations

from tokens import errors
from tokens.web.refusals import Problem

_LIMIT = {"period": "day", "limit": 100, "spent": 98, "resets_at": "2026-12-01T00:00:00Z"}
_FIELDS = [{"field": "quantity", "detail": "Ensure this value is less than or equal to 10000."}]

SAMPLES = [
    Problem(400, "Bad Request", f"quantity: {_FIELDS[0]['detail']}", {"errors": _FIELDS}),
    Problem(400, "Unknown action", "Unknown action “fly”. Use: ai_analysis, csv_import, data_export, import_domain."),
    Problem(401, "Unauthorized", "This API key was revoked. Create a new one on the API keys page."),
    Problem(
        402,
        "Insufficient tokens",
        "This needs 5 tokens; you have 2 available, 3 short.",
        {"required": 5, "balance": 2, "available": 2, "shortfall": 3, "smallest_package": "starter"},
    ),
    Problem(
        402,
        "Limit reached",
        "This needs 5 tokens, and your daily limit is 100, of which 98 are used. It resets on Dec 1 at 00:00 UTC; "
        "you can raise it in your account.",
        {"required": 5, "balance": 400, "available": 400, **_LIMIT},
    ),
    Problem(
        403,
        errors.MissingScope.title,
        str(errors.MissingScope("spend", has=["read"])),
        {"scope": "spend", "scopes": ["read"]},
    ),
    Problem(404, "Unknown hold", "You have no hold 17."),
    Problem(409, errors.HoldEnded.title, "Hold 17 was captured with 3 tokens."),
    Problem(409, errors.KeyInUse.title, errors.KeyInUse.sentence),
    Problem(422, errors.KeyReused.title, errors.KeyReused.sentence),
    Problem(429, "Too Many Requests", "Too many requests. Retry in 1 second."),
    Problem(
        503,
        "Service unavailable",
        "The database can't answer right now. Try again in a few seconds; the same Idempotency-Key is safe.",
    ),
]

# Of bodies that are another component of the schema, by its name.
OF_ITS_OWN = {
    "PaymentNeeded": [
        Problem(
            402,
            "Payment needed",
            "The payment did not go through, so nothing has changed. Pay the open invoice, or try again.",
            {"invoice_url": "https://invoice.stripe.com/i/acct_1/live_1"},
        )
    ]
}
