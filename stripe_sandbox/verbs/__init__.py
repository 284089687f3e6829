"""What no API of Stripe's can do: what buyers, banks, staff in the dashboard and time do to payments.

One table (table.py) makes of each an endpoint, /stripe-sandbox/api/<verb>; a word of the command line; what a button
of the operator's page does; and a method for tests.
"""
