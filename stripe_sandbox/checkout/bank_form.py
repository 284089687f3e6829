"""The fields that come before the bank's login: who pays, and whose account it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stripe_sandbox.checkout.card_form import email_problem


@dataclass
class BankForm:
    """`values` go back into the form; `errors` has a message per field that is wrong."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


def read(posted: Mapping[str, str]) -> BankForm:
    """The bank form as posted; what is wrong with it is in `errors`, by field."""
    form = BankForm({name: posted.get(name, "").strip()[:200] for name in ("email", "name")})
    problems = {
        "email": email_problem(form.values["email"]),
        "name": None if form.values["name"] else "The account holder's name is missing.",
    }
    form.errors = {name: problem for name, problem in problems.items() if problem}
    return form
