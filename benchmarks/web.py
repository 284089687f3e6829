"""`python -m benchmarks.web APPLICATION PORT`: one of the measured web servers, with the settings of `./dev serve`."""

import sys

from benchmarks.shop import THREADS, WORKERS
from soulfra.serving import web

if __name__ == "__main__":
    application, port = sys.argv[1:]
    web.server(application, address="127.0.0.1", port=int(port), workers=WORKERS, threads=THREADS).serve()
