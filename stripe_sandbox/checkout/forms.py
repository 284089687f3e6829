"""The forms of the hosted pages: read as a person types them, refused in the words of Stripe's own form."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from stripe_sandbox.payments.cards import Card, brand_of


@dataclass
class Form:
    """`values` go back into the form (never the security code); `errors` has a message per field that is wrong."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    card: Card | None = None
    is_for_bank: bool = False

    @property
    def email(self) -> str:
        return self.values["email"]

    @property
    def name(self) -> str | None:
        return self.values["name"] or None


def read_card(posted: Mapping[str, str], *, now: int) -> Form:
    """`card` is set exactly when there are no errors. `now` is the sandbox's clock, for the expiry date."""
    values = _values(posted, "email", "number", "expiry", "name")
    number = re.sub(r"[\s-]", "", values["number"])
    month, year = _expiry(values["expiry"])
    errors = _wrong(
        email=_email_problem(values["email"]),
        number=_number_problem(number),
        expiry=_expiry_problem(month, year, now=now),
        cvc=_cvc_problem(posted.get("cvc", "").strip(), number),
    )
    return Form(values, errors, None if errors else Card(number, exp_month=month, exp_year=year))


def read_bank(posted: Mapping[str, str]) -> Form:
    """The fields that come before the bank's login: who pays, and whose account it is."""
    values = _values(posted, "email", "name")
    name_problem = None if values["name"] else "The account holder's name is missing."
    return Form(values, _wrong(email=_email_problem(values["email"]), name=name_problem), is_for_bank=True)


def _values(posted: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: posted.get(name, "").strip()[:200] for name in names}


def _wrong(**problems: str | None) -> dict[str, str]:
    return {name: problem for name, problem in problems.items() if problem}


def is_email(text: str) -> bool:
    """Whether the text has the shape of an email address; `@localhost` counts."""
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+|[^@\s]+@localhost", text) is not None


def _email_problem(email: str) -> str | None:
    if not email:
        return "Your email is missing."
    return None if is_email(email) else "Your email is invalid."


def _number_problem(number: str) -> str | None:
    if not number:
        return "Your card number is missing."
    if re.fullmatch(r"\d{1,19}", number, re.ASCII) is None:
        return "Your card number is invalid."
    if len(number) < {"amex": 15, "diners": 14}.get(brand_of(number), 16):
        return "Your card number is incomplete."
    return None if _passes_luhn(number) else "Your card number is invalid."


def _passes_luhn(number: str) -> bool:
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


def _expiry(text: str) -> tuple[int, int]:
    """`12 / 34`, `12/34`, `1234` and `12/2034` -> (12, 2034); (0, 0) for anything else."""
    found = re.fullmatch(r"(\d{1,2})\s*[/\-]\s*(\d{2}|\d{4})|(\d{2})(\d{2}|\d{4})", text, re.ASCII)
    if found is None:
        return 0, 0
    month, year = (int(part) for part in found.groups() if part is not None)
    return month, year + 2000 if year < 100 else year


def _expiry_problem(month: int, year: int, *, now: int) -> str | None:
    if not 1 <= month <= 12:
        return "Write your card's expiration date as MM / YY."
    today = time.gmtime(now)
    if (year, month) < (today.tm_year, today.tm_mon):
        return "Your card's expiration date is in the past."
    return "Your card's expiration year is invalid." if year > today.tm_year + 50 else None


def _cvc_problem(cvc: str, number: str) -> str | None:
    digits = 4 if brand_of(number) == "amex" else 3
    if re.fullmatch(rf"\d{{{digits}}}", cvc, re.ASCII):
        return None
    if not cvc:
        return "Your card's security code is missing."
    return f"Your card's security code is {digits} digits."
