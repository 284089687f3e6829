"""Spends and holds: what an action costs, and taking it from a wallet."""
