"""Our books compared with Stripe's, and brought in line by the same functions that the webhook uses."""
