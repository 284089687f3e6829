"""Events from Stripe: the inbox they are filed in, and what each one does."""
