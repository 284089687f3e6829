"""The only writer of balances: wallets, lots and entries, what is due in them, and the running totals beside them."""
