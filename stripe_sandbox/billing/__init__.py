"""Subscriptions and what belongs to them: items, invoices, collection, renewals, schedules, the Billing Portal.

Every invoice here belongs to a subscription, and every subscription is paid by card or Link, automatically and in
advance; what Stripe offers beside that is refused by the API rather than ignored.
"""
