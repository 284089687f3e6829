"""PaymentIntents that a shop makes itself, and SetupIntents: confirmed with the customer there, or without them."""
