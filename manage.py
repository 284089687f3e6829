#!/usr/bin/env python3
"""Django's command line for this project; `./dev manage …` runs it inside `.venv`."""

import os
import sys


def main() -> None:
    os.umask(0o077)  # databases, stores and exports are their owner's alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "soulfra.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import Error
    except ImportError as error:
        raise SystemExit("Django is not installed here: run `./dev manage …`, which sets up and uses .venv.") from error
    if sys.argv[1:2] == ["new_env"]:  # which writes the settings that every other command needs
        from soulfra.management.commands.new_env import Command

        Command().run_from_argv(sys.argv)
        return
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None
    except Error as error:
        refuse_if_in_trouble(error)
        raise


def refuse_if_in_trouble(error: Exception) -> None:
    """A sentence for a database that can't be reached, in place of a traceback."""
    from tokens.database_trouble import trouble_in

    if "--traceback" not in sys.argv and (trouble := trouble_in(error)):
        if "Peer authentication failed" in trouble:
            raise SystemExit(f"Run this as the shop's user, whose database it is: `soulfra …` ({trouble})") from None
        raise SystemExit(f"Stopped: run this again when the database can be used ({trouble})") from None


if __name__ == "__main__":
    main()
