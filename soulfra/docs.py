"""The browsable API pages, under a content security policy of their own: Swagger UI styles its elements inline."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView


@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class ApiDocsView(SpectacularSwaggerSplitView):
    """Serves its script as a file of its own, so that no inline script needs to be allowed."""

    url_name = "schema"
