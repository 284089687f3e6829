from django.urls import path, re_path

from accounts.pages import account, api_keys, sessions, theme
from accounts.pages.confirm_email import ConfirmEmail

app_name = "accounts"
urlpatterns = [
    path("", account.account, name="account"),
    path("profile/", account.profile, name="profile"),
    path("api-keys/", api_keys.api_key_list, name="api_keys"),
    path("api-keys/<int:pk>/rotate/", api_keys.api_key_rotate, name="api_key_rotate"),
    path("api-keys/<int:pk>/revoke/", api_keys.api_key_revoke, name="api_key_revoke"),
    path("sessions/<int:pk>/end/", sessions.end, name="session_end"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", ConfirmEmail.as_view(), name="confirm_email"),
    path("theme/", theme.choose_theme, name="theme"),
]
