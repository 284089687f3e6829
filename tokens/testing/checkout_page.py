"""What a buyer does on the hosted page, in a real browser."""

import re


def fill_card(page, number):
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")


def pay_by_card(page, number):
    fill_card(page, number)
    page.get_by_role("button", name=re.compile(r"^Pay \$")).click()
