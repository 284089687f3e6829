"""A local Stripe: an HTTP server app that knows nothing of tokens, memberships or brands, and that nothing imports.

`api/` answers the SDK, `pages/` are what a browser sees, `terminal/` is `manage.py stripe_sandbox`; the modules
beside them are Stripe's own business: sessions, payments, events, webhooks. State lives in its own SQLite file, never
in the shop's database.
"""
