"""The verbs of `manage.py stripe_sandbox`, one module each, working over HTTP against the running server."""
