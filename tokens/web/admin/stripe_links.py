"""Ids of Stripe's as staff see them: they lead to its dashboard, but for the sandbox's, which has none."""

from django.conf import settings
from django.utils.html import format_html

from tokens.stripe_api import gateway

DASHBOARD = "https://dashboard.stripe.com"
AS_A_LINK = "text-primary-700 underline dark:text-primary-300"


def at_stripe(kind: str, stripe_id: str | None) -> str:
    """The id, linked if there is a dashboard to look at. `kind` is the dashboard's word, such as subscriptions."""
    if not stripe_id:
        return "-"
    if gateway.is_live():
        return link(f"{DASHBOARD}/{kind}/{stripe_id}", stripe_id)
    return stripe_id if settings.STRIPE_SANDBOX else link(f"{DASHBOARD}/test/{kind}/{stripe_id}", stripe_id)


def link(address: str, words: object) -> str:
    return format_html('<a class="{}" href="{}" rel="noopener">{}</a>', AS_A_LINK, address, words)
