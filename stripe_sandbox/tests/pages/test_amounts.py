"""How amounts are written, and the PDF that carries them."""

import pytest

from stripe_sandbox.catalogue import currencies
from stripe_sandbox.pages.pdf import Paper, pdf_of


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (4000, "usd", "$40.00"),
        (-500, "usd", "-$5.00"),
        (-5, "usd", "-$0.05"),
        (-123456, "eur", "-€1,234.56"),
        (-500, "jpy", "-¥500"),
        (-1500, "kwd", "-1.500 KWD"),
        (0, "usd", "$0.00"),
    ],
)
def test_the_sign_stands_before_the_currency(amount: int, currency: str, shown: str) -> None:
    assert currencies.shown(amount, currency) == shown


def test_a_pdf_shows_every_letter_it_can_and_goes_on_to_more_pages() -> None:
    lines = [("(a\\b) € é 漢", "$1.00")] + [(f"line {number}", "$1.00") for number in range(80)]
    made = pdf_of(Paper("Invoice", "The Shop", [("To", "Łucja")], lines, [("Amount due", "$81.00")]))

    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") == 3
