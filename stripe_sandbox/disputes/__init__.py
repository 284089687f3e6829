"""Disputes and early fraud warnings: how they open, move money and close."""
