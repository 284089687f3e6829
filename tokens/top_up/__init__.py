"""Automatic top-up: what a customer agreed to, when it buys, how it is charged, and what turns it off."""
