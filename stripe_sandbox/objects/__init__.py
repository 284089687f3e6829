"""Stripe's objects as the API shows them: their ids, the fields they start with, how they are kept and changed."""
