"""What signing in wants: rules of passwords, forms, and how often it may be tried; settings of Django and allauth."""

PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.sign_in.passwords.NotGuessableValidator"},
    {"NAME": "accounts.sign_in.passwords.NoNamesValidator"},
]

FORMS = {
    "signup": "accounts.pages.forms.SignUpForm",
    "login": "accounts.pages.forms.SignInForm",
    "change_password": "accounts.pages.forms.NewPasswordForm",
    "reauthenticate": "accounts.factors.forms.ConfirmAccessForm",
    "reset_password_from_key": "accounts.pages.forms.ForgottenPasswordForm",
}
FACTOR_FORMS = {
    "authenticate": "accounts.factors.forms.SignInCodeForm",
    "reauthenticate": "accounts.factors.forms.CodeAgainForm",
    "activate_totp": "accounts.factors.forms.SetUpForm",
}

# By address ("ip"), or by what was typed ("key"). A name is counted for each address by itself, and by
# login_failed_by_name for all of them: so often that one client, by IPv4 and IPv6, cannot keep somebody out.
RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_by_name": "150/h/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/15m/key",
    "reset_password_from_key": "20/m/ip",
}
