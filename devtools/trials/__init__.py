"""Trials: what docs/deploying.md and docs/operating.md promise, done for real on this machine, one command each.

They start what is shipped (deploy/) with Debian's nginx, Caddy, PostgreSQL 15 and pgbouncer, on loopback, in a
directory that is deleted afterwards, and say what came of it in figures. The tests prove the parts; a trial proves that
they fit.
"""
