"""A local Stripe: a WSGI application and a process of its own, which knows nothing of the shop it stands beside.

`api/` answers SDKs, `pages/` are what a browser sees, `verbs/` what buyers, banks, staff and time do. Below them is
Stripe's own business: `checkout/`, `billing/`, `disputes/`, `refunds/`, `payments/`, `catalogue/`, `webhooks/`, all
made of `objects/` in the `store/`; `server/` is the process around it. README.md says how to use it; `testing` and
`pytest_plugin` are what tests of a shop may import.
"""
