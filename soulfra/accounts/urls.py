from django.urls import path

from soulfra.accounts.pages import api_keys, notifications, theme

app_name = "accounts"
urlpatterns = [
    path("api-keys/", api_keys.api_key_list, name="api_keys"),
    path("api-keys/<int:pk>/revoke/", api_keys.api_key_revoke, name="api_key_revoke"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("theme/", theme.choose_theme, name="theme"),
]
