"""What a browser may load and run for a page: nothing from elsewhere, and no script that stands in the page."""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

EVERYWHERE = {
    "default-src": [SELF],
    "img-src": [SELF, "data:"],
    "frame-ancestors": [NONE],
    "base-uri": [SELF],
    "object-src": [NONE],
}
# The back office's theme evaluates expressions in the browser and styles inline; only its own path is relaxed.
BACK_OFFICE = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
