"""Plans, subscriptions and "tokens or membership?". May import `tokens`; knows nothing of brands."""
