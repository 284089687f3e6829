"""What every door shares, in every app: who asks, what a refusal looks like, request ids, rows in addresses."""
