from django.apps import AppConfig


class StripeSandboxConfig(AppConfig):
    name = "soulfra.stripe_sandbox"
    label = "stripe_sandbox"
