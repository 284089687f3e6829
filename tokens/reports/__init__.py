"""What the ledger adds up to: per hour, month, customer and for the dashboard; and the audit of its own rules."""
