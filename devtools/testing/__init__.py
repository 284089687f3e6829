"""What only tests and checks need: a PostgreSQL, a browser, people, and what `./dev test` and `./dev check` run."""
