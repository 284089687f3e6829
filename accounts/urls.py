from django.urls import path

from accounts.pages import api_keys, theme

app_name = "accounts"
urlpatterns = [
    path("api-keys/", api_keys.api_key_list, name="api_keys"),
    path("api-keys/<int:pk>/revoke/", api_keys.api_key_revoke, name="api_key_revoke"),
    path("theme/", theme.choose_theme, name="theme"),
]
