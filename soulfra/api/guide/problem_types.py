"""Every problem that the API answers with: what it means, and what to do. Its `type` is the address of its page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemType:
    """`again`: the same request, with the same Idempotency-Key, may succeed later. `more` are members of its own."""

    status: int
    slug: str
    meaning: str
    remedy: str
    again: bool = False
    more: tuple[str, ...] = ()


def _p(status: int, slug: str, meaning: str, remedy: str, *more: str, again: bool = False) -> ProblemType:
    return ProblemType(status, slug, meaning, remedy, again, more)


_FIGURES = ("required", "balance", "available")
_LIMIT = ("period", "limit", "spent", "resets_at")

REQUEST = [
    _p(
        400,
        "bad-request",
        "The body, a parameter or a header can't be used.",
        "Read `detail`; `errors` names every field that is wrong. Change the request.",
        "errors",
    ),
    _p(400, "unknown-action", "No action has this key.", "Use one of those that `detail` names."),
    _p(400, "unknown-package", "No package has this key.", "Use one of those that `detail` names."),
    _p(400, "unknown-plan", "No plan has this key.", "Use one of those that `detail` names."),
    _p(400, "unknown-payment-order", "Unknown payment order.", "Use one of those that `detail` names."),
    _p(400, "unknown-page", "The cursor leads to no page.", "Start without a cursor, then follow `next`."),
    _p(
        400,
        "capture-exceeds-hold",
        "The capture asks for more tokens than are on hold.",
        "Capture at most what is on hold, and spend the rest by itself.",
    ),
    _p(400, "invalid-top-up", "The terms of the automatic top-up make no sense.", "Change what `detail` names."),
    _p(400, "invalid-domain", "This isn't a domain that can be registered.", "Send a domain such as `example.com`."),
    _p(400, "invalid-choice", "Unknown category, tier or type.", "Use one of those that `detail` names."),
    _p(400, "invalid-file", "The file can't be read as CSV of domains.", "Correct what `detail` names."),
    _p(400, "nothing-to-export", "No domains match the filters. Nothing was charged.", "Leave out a filter."),
    _p(400, "malformed-form", "The form can't be read.", "Send its Content-Type with the boundary."),
    _p(400, "too-many-fields", "The form has more fields than are read.", "Send fewer."),
    _p(400, "too-many-files", "The form has more files than are read.", "Send fewer."),
    _p(
        400,
        "request-cut-off",
        "The connection ended before the whole body had arrived. Nothing was done.",
        "Send the request again.",
        again=True,
    ),
    _p(400, "invalid-webhook", "The delivery isn't Stripe's, or is too old.", "Only Stripe calls this address."),
    _p(
        405,
        "method-not-allowed",
        "The address doesn't support this method.",
        "Use one of those in `detail` and in the header Allow.",
    ),
    _p(406, "not-acceptable", "The Accept header excludes what the call returns.", "Accept application/json."),
    _p(411, "length-required", "The body came without its length.", "Send Content-Length."),
    _p(413, "request-too-large", "The body is larger than is read.", "Send less, or send the data as a file."),
    _p(413, "file-too-large", "The file has more bytes or rows than one may have.", "Split it."),
    _p(414, "address-too-long", "The address is longer than is read.", "Send a shorter one."),
    _p(415, "unsupported-media-type", "The body is of a type that the call doesn't read.", "Send what `detail` names."),
    _p(415, "unsupported-charset", "The body is in another encoding than UTF-8.", "Send UTF-8."),
    _p(415, "unsupported-encoding", "The body is compressed.", "Send it as it is."),
    _p(431, "headers-too-large", "There are more headers than are read, or longer ones.", "Send less."),
    _p(505, "http-version-not-supported", "This version of HTTP isn't spoken.", "Use HTTP/1.1."),
]
ACCESS = [
    _p(
        401,
        "unauthorized",
        "The API key is missing, unknown, revoked or expired.",
        "Send `Authorization: Bearer tk_…` with a key that is active.",
    ),
    _p(
        403,
        "missing-scope",
        "The API key may not do this.",
        "Use a key that has the scope in `scope`, or create one on the API keys page.",
        "scope",
        "scopes",
    ),
    _p(
        403,
        "forbidden",
        "The call came with the cookie of a browser and without its CSRF token.",
        "Call with an API key instead.",
    ),
    _p(
        403,
        "https-required",
        "The call came unencrypted, and so did its API key.",
        "Revoke that key, create another, and call the address with https://.",
    ),
    _p(
        403,
        "password-needed",
        "A limit can be lowered by the API, but raising or removing it takes the password.",
        "Change it on the limits page.",
    ),
    _p(
        403,
        "consent-needed",
        "These terms of the automatic top-up go beyond what the customer agreed to.",
        "Send the customer to the page in `detail`.",
    ),
]
PAYING = [
    _p(
        402,
        "insufficient-tokens",
        "The call needs more tokens than are available. Nothing was charged.",
        "Buy at least `smallest_package`, then repeat the call with the same Idempotency-Key.",
        *_FIGURES,
        "shortfall",
        "smallest_package",
        again=True,
    ),
    _p(
        402,
        "limit-reached",
        "The customer's own limit of the day or the month is used up. Nothing was charged.",
        "Wait until `resets_at`, or have the customer raise the limit. A package wouldn't help.",
        *_FIGURES,
        *_LIMIT,
        again=True,
    ),
    _p(
        402,
        "key-limit-reached",
        "The API key's own cap of the day or the month is used up. Nothing was charged.",
        "Wait until `resets_at`, or use a key with a higher cap. A package wouldn't help.",
        *_FIGURES,
        *_LIMIT,
        again=True,
    ),
    _p(
        402,
        "payment-needed",
        "The payment for a change of the membership failed. Nothing has changed.",
        "Pay the open invoice at `invoice_url`, or try again.",
        "invoice_url",
        again=True,
    ),
    _p(402, "card-refused", "The bank refused the card.", "Use another card.", again=True),
    _p(409, "already-a-member", "There is a paid membership already.", "Change it instead of buying another one."),
    _p(409, "not-subscribed", "There is no paid membership to change.", "Buy one first."),
    _p(409, "no-saved-card", "No card is saved that could be charged.", "Have the customer save one."),
    _p(409, "automatic-top-up-unavailable", "This shop doesn't buy packs automatically.", "Buy packs by hand."),
]
STATE = [
    _p(404, "not-found", "Nothing is at this address, or it isn't yours.", "Check the address."),
    _p(404, "unknown-hold", "You have no hold with this ID.", "List the holds to find it."),
    _p(404, "unknown-purchase", "You have no purchase with this ID.", "List the purchases to find it."),
    _p(404, "unknown-usage", "You have no spend with this ID.", "List the usage to find it."),
    _p(404, "unknown-domain", "You have no domain with this ID.", "List the domains to find it."),
    _p(404, "unknown-analysis", "This domain has no analysis with this ID.", "Check the address."),
    _p(404, "unknown-import", "You have no import with this ID.", "Check the address."),
    _p(404, "export-expired", "The file was deleted after its time, or isn't yours.", "Export again."),
    _p(410, "file-lost", "The file of the export was lost; its tokens were given back.", "Export again."),
    _p(
        409,
        "hold-ended",
        "The hold was captured, released or has expired, so this can't be done to it any more.",
        "Read the hold. If it expired, hold again, or spend.",
    ),
    _p(409, "not-reversible", "This spend can't be reversed, or not any more.", "Do what `detail` says."),
    _p(
        409,
        "reversal-exceeds-spend",
        "More should be reversed than is left of the spend.",
        "Reverse at most `left`.",
        "left",
    ),
    _p(
        409,
        "refused",
        "What was asked for isn't possible as things stand. Nothing has changed.",
        "Do what `detail` says.",
    ),
    _p(
        409,
        "idempotency-key-in-use",
        "A request with this Idempotency-Key is still in progress.",
        "Repeat the request after the seconds in Retry-After: you get its answer.",
        again=True,
    ),
    _p(
        409,
        "request-under-way",
        "The first request still waits for Stripe.",
        "Repeat the request after the seconds in Retry-After: you get its answer.",
        again=True,
    ),
    _p(
        422,
        "idempotency-key-reused",
        "This Idempotency-Key was used for a different request, or two spends of a batch have the same key.",
        "Give each thing that you charge for a key of its own.",
    ),
]
TROUBLE = [
    _p(
        429,
        "too-many-requests",
        "There were too many calls in a short time. Nothing was done.",
        "Repeat the request after the seconds in Retry-After.",
        again=True,
    ),
    _p(
        500,
        "internal-server-error",
        "Something failed on the shop's side; it has been logged.",
        "Repeat the request with the same Idempotency-Key. If it keeps failing, send support the X-Request-ID.",
        again=True,
    ),
    _p(
        500,
        "ledger-mismatch",
        "The shop's books about this account disagree, so it takes no tokens.",
        "Contact support with the X-Request-ID.",
    ),
    _p(502, "stripe-refused", "Stripe refused. Nothing was charged.", "Read `detail`."),
    _p(
        502,
        "stripe-unreachable",
        "Stripe isn't answering. Nothing was charged.",
        "Repeat the request with the same Idempotency-Key in a moment.",
        again=True,
    ),
    _p(
        503,
        "stripe-busy",
        "Too many calls wait for Stripe. Nothing was charged.",
        "Repeat the request after the seconds in Retry-After.",
        again=True,
    ),
    _p(
        503,
        "service-unavailable",
        "The shop is being restarted, or its database is in trouble.",
        "Repeat the request with the same Idempotency-Key after the seconds in Retry-After.",
        again=True,
    ),
    _p(
        503,
        "storage-unavailable",
        "Files of exports can't be reached right now. Nothing was charged.",
        "Repeat the request after the seconds in Retry-After.",
        again=True,
    ),
]
GROUPS = {
    "Tokens and payment": PAYING,
    "Access": ACCESS,
    "State": STATE,
    "Trouble": TROUBLE,
    "The request": REQUEST,
}
BY_SLUG = {each.slug: each for group in GROUPS.values() for each in group}
