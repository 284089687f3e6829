"""Buying, holding and spending tokens, and the one door to Stripe. Imports none of the other apps.

The glossary, used for every name in this app:

package   what is for sale: so many tokens for so much money
action    what tokens are spent on, at a cost in tokens
purchase  one order of one user, from the click to the credit and, perhaps, the refund
wallet    a user's row: the cached balance, and the lock every movement takes
lot       tokens that came in together, and what is left of them
entry     one signed movement of one lot, never changed
usage     the document of a spend or of a hold
hold      tokens put aside for a spend that is still under way
total     what one customer bought or spent so far, updated with every movement
event     one message from Stripe, filed under Stripe's id
refund    money given back · dispute: money taken back by a bank · grant: tokens given by staff
"""
