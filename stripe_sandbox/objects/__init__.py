"""Stripe's objects as the API shows them: their ids, the fields they start with, how they are kept and changed."""

from stripe_sandbox.objects.documents import Body, Document

__all__ = ["Body", "Document"]
