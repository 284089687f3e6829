from memberships.models.gift import Gift
from memberships.models.invoice import Invoice
from memberships.models.membership import Membership
from memberships.models.plan import Plan, PlanPrice
from memberships.models.subscription import Subscription

__all__ = ["Gift", "Invoice", "Membership", "Plan", "PlanPrice", "Subscription"]
