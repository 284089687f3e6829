"""What a test asks of a member's invoices and history."""

from tokens.models import Purchase
from tokens.stripe_api import billing


def latest_invoice(subscription_id):
    return billing.retrieve_subscription(subscription_id)["latest_invoice"]["id"]


def history(user):
    """[(description, paid, status), …], oldest first."""
    return list(Purchase.objects.for_user(user.pk).order_by("id").values_list("description", "paid_cents", "status"))
