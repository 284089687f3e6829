"""`python -m stripe_sandbox`: serve, and every verb against the sandbox that is running."""

import os
import sys


def run() -> int:
    """Run the command line of this process; returns its exit code."""
    os.umask(0o077)  # databases, stores and exports are their owner's alone
    try:
        from stripe_sandbox.command_line import main
    except ModuleNotFoundError as error:
        print(f"The Stripe sandbox needs {error.name}: install stripe_sandbox/requirements.txt.", file=sys.stderr)
        return 1
    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(run())
