"""`python -m benchmarks.web APPLICATION PORT`: one of the measured web servers, with the settings of `./dev serve`."""

import sys

from benchmarks.shop import THREADS, WORKERS
from soulfra.serving import web

if __name__ == "__main__":
    application, port = sys.argv[1:]
    listener = web.listener("127.0.0.1", int(port))
    web.server(application, listener=listener, workers=WORKERS, threads=THREADS).serve_until_a_signal()
