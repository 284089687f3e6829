"""The back office's frame: its sidebar, search, dashboard and reports, and the second factor of those who enter."""
