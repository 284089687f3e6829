"""What every API view shares, in every app: exact parameters, JSON bodies, idempotency, pages, problems, schema."""
