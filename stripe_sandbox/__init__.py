"""A local Stripe: a WSGI application and a process of its own, which knows nothing of the shop it stands beside.

`api/` answers SDKs, `pages/` are what a browser sees, `verbs/` what buyers, banks, staff and time do; the modules
beside them are Stripe's own business: sessions, payments, events, webhooks. State lives in an SQLite file. README.md
says how to use it; `testing` and `pytest_plugin` are what tests of a shop may import.
"""
