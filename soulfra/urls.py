"""Every address of the shop, wired together."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from soulfra.api.guide import pages as guide
from soulfra.api.schema import SchemaView
from soulfra.backoffice import invitation_pages
from soulfra.front import front
from soulfra.privacy import pages as privacy
from soulfra.security_txt import security_txt
from soulfra.serving import fallbacks
from tokens.pages.notifications import notifications

handler400 = "soulfra.serving.fallbacks.bad_request"
handler404 = "soulfra.serving.fallbacks.not_found"
handler429 = "soulfra.serving.fallbacks.too_many"  # allauth's, not Django's
handler500 = "soulfra.serving.fallbacks.server_error"

# One sign-in page, with its limits on guessing, for customers and staff.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/tokens/", include("tokens.api.urls")),  # first, because it is asked for most
    path("", front, name="front"),
    path("favicon.ico", fallbacks.favicon),
    path(".well-known/security.txt", security_txt),
    path("tokens/", include("tokens.pages.urls")),
    path("membership/", include("memberships.pages.urls")),
    path("domains/", include("brands.pages.urls")),
    path("accounts/staff-invitation/", invitation_pages.needed, name="staff_invitation_needed"),
    path("accounts/staff-invitation/<str:token>/", invitation_pages.invitation, name="staff_invitation"),
    path("accounts/data/", privacy.data, name="data"),
    path("accounts/data/<uuid:pk>/", privacy.data_file, name="data_file"),
    path("accounts/delete/", privacy.delete, name="delete_account"),
    path("accounts/", include("accounts.urls")),  # first: its page of confirmation stands in for allauth's
    path("accounts/", include("allauth.urls")),
    path("accounts/notifications/", notifications, name="notifications"),
    path("api/memberships/", include("memberships.api.urls")),
    path("api/", include("brands.api.urls")),
    path("api/schema", SchemaView.as_view(), name="schema"),
    path("api/docs", guide.guide, name="docs"),
    path("api/docs/reference", guide.calls, name="api_reference"),
    path("api/docs/changes", guide.changes, name="api_changes"),
    path("api/docs/problems/<slug:slug>", guide.problem, name="api_problem"),
    re_path(r"^api(?:/|$)", fallbacks.no_such_call),
    # The guide's addresses lead a customer to the shop; `admin/tokens/`, with a slash, is the back office.
    path("admin/tokens", RedirectView.as_view(pattern_name="tokens:home")),
    path("admin/domains/csv", RedirectView.as_view(pattern_name="brands:csv")),
    path("admin/", include("soulfra.backoffice.urls")),
    path("admin/", admin.site.urls),
]
