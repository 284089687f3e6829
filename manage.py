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


if __name__ == "__main__":
    main()
