"""The HTTP API: one table of endpoints, each with the parameters it accepts, checked in one place (params.py)."""
