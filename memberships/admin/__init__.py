"""The back office's view of this app: plans are edited here; what is money is looked at, and acted on by name."""

from memberships.admin import gift, membership, plan, subscription

__all__ = ["gift", "membership", "plan", "subscription"]
