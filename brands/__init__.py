"""Domains as brands: import, CSV, analysis, export. May import `memberships` and `tokens`."""
