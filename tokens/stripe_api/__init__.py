"""The one door to Stripe: only gateway.py imports its SDK; what comes out of this room is plain data."""
