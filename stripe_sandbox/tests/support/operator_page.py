"""Who presses the buttons of the operator's page."""

import requests

from stripe_sandbox.tests.support.actors import Buyer


def press(buyer: Buyer, address: str, path: str, **fields: str) -> requests.Response:
    """Send one of the page's forms, as a browser does."""
    page = f"{address}/stripe-sandbox/"
    headers = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
    return buyer.cookies.post(page + path, data=fields, headers=headers, allow_redirects=False, timeout=20)
