"""Emails to customers: which kinds there are, and the outbox that sends them."""
