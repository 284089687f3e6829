"""Several callers at once, in real threads with connections of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection


def at_once(work, *, times=8):
    """Start `work(number)` in so many threads at the same moment; what each returned, or the exception it raised."""
    start = threading.Barrier(times)

    def run(number):
        start.wait(timeout=20)
        try:
            return work(number)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
