"""The objects of API version 2026-10-28.endive as Stripe sends them: every field present, empty if nothing is known.

`empty/` has one of each.
"""

import copy
import json
from pathlib import Path
from typing import Any

from stripe_sandbox.objects import ids
from stripe_sandbox.objects.documents import Body

API_VERSION = "2026-10-28.endive"

_EMPTY: dict[str, Body] = {
    file.stem: json.loads(file.read_text()) for file in Path(__file__).with_name("empty").glob("*.json")
}
# What each object is called, in the field `object`.
KINDS = frozenset(_EMPTY)
ADDRESS: Body = _EMPTY["payment_method"]["billing_details"]["address"]
EVIDENCE = tuple(name for name in _EMPTY["dispute"]["evidence"] if name != "enhanced_evidence")
# Fields that Stripe leaves out where they do not apply.
_SOMETIMES: dict[str, set[str]] = {
    "checkout.session": {"branding_settings", "excluded_payment_method_types", "tax_id_collection"},
    "dispute": {"network_reason_code", "payment_method_details"},
    "payment_method": {"card", "link", "us_bank_account"},
    "refund": {"destination_details", "failure_balance_transaction", "failure_reason", "pending_reason"},
}


def new(object: str, /, **fields: Any) -> Body:
    """A fresh object with an id of its own. A field that the shape does not have is a mistake of the caller's."""
    empty = copy.deepcopy(_EMPTY[object])
    unknown = fields.keys() - empty.keys() - _SOMETIMES.get(object, set())
    if unknown:
        raise KeyError(f"{object} has no {', '.join(sorted(unknown))}")
    return empty | fields | {"id": fields.get("id") or ids.new(object)}
