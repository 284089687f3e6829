"""`/.well-known/security.txt` (RFC 9116): whom to tell about a hole in this shop, as its owner set SECURITY_CONTACT."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

# Whoever finds an old copy should ask again; the RFC recommends less than a year.
GOOD_FOR = timedelta(days=180)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The shop's security.txt (RFC 9116), as plain text."""
    if not settings.SECURITY_CONTACT:
        raise Http404("This shop names no contact.")
    expires = (timezone.now() + GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact_address()}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def contact_address() -> str:
    """The contact as an address with a scheme, as the RFC wants it; a plain email address becomes `mailto:`."""
    contact: str = settings.SECURITY_CONTACT
    return contact if ":" in contact else f"mailto:{contact}"
