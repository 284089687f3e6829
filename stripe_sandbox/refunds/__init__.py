"""Giving money back: a refund's life, and how much of a charge can go back."""
