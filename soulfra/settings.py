"""The one settings module, driven by the environment and by `.env` (the environment wins).

`./dev run` writes a `.env` for development; every variable is listed in `.env.example`.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from accounts.sign_in import rules
from soulfra import content_security, databases, encryption, log_lines, pasted, storages
from soulfra.api.rest import REST, SCHEMA
from soulfra.backoffice.theme import theme

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- what this process is ----------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: `./dev manage new_env --production` writes a .env with one.")
# Keys of before: what they signed (sessions, links in emails) is still taken, and nothing is signed with them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CHECKOUT_RETURN_ORIGINS = env.list("CHECKOUT_RETURN_ORIGINS", default=[])
PORT = env.int("PORT", default=5001)
SITE_NAME = "Soulfra"
SHOP_ADDRESS = env.str("SHOP_ADDRESS", default="")  # of the statements that are printed
# Where customers reach the shop: links in emails begin with it, since no request says it there.
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{PORT}" if DEBUG else "").rstrip("/")
# Whom to tell about a hole in this shop: an email address or a web page, shown in /.well-known/security.txt.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")
# Whom customers ask for help, and where they read the terms and the privacy policy: in the footer of pages and emails.
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="").strip()
TERMS_URL = env.str("TERMS_URL", default="").strip()  # where it is set, it is accepted at sign-up
PRIVACY_URL = env.str("PRIVACY_URL", default="").strip()
# How many proxies of ours stand before the shop; a client's address is read that far from the end of X-Forwarded-For.
NUM_PROXIES = env.int("NUM_PROXIES", default=0)

# Where `./dev serve` listens beside PORT, and with how many processes of how many threads. Two processes for each core
# serve most, since Python runs one thread at a time and some always wait for the database's disk; the threads are for
# those who wait for Stripe, which all but two of a process may do (tokens/stripe_api/admission.py).
WEB_ADDRESS = env.str("WEB_ADDRESS", default="127.0.0.1")
WEB_WORKERS = env.int("WEB_WORKERS", default=4)
WEB_THREADS = env.int("WEB_THREADS", default=8)
# For what is under way when a process is asked to end, and after how long one that hangs is (devtools/supervising.py).
STOP_SECONDS = pasted.seconds(env, "STOP_SECONDS", 15)
WEB_HANG_SECONDS = pasted.seconds(env, "WEB_HANG_SECONDS", 60)
WORKER_HANG_SECONDS = pasted.seconds(env, "WORKER_HANG_SECONDS", 300)

ROOT_URLCONF = "soulfra.urls"
WSGI_APPLICATION = "soulfra.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["soulfra.formats"]
USE_I18N = False

# --- Stripe, or the local sandbox that stands in for it -----------------------

STRIPE_ENABLED = pasted.flag(env, "STRIPE_ENABLED", because="anything else might fake payments by mistake")
STRIPE_SANDBOX = not STRIPE_ENABLED
# Without DEBUG a shop with the sandbox, where everybody pays with play money, starts only if this says so.
ALLOW_SANDBOX = pasted.flag(env, "ALLOW_SANDBOX", because="anything else might fake payments by mistake")
# The sandbox is a process of its own, on a port that it records beside its store.
SANDBOX_STORE = env.str("SANDBOX_STORE", default=str(BASE_DIR / "stripe_sandbox.db"))
SANDBOX_WEBHOOK_URL = env.str("SANDBOX_WEBHOOK_URL", default=f"http://127.0.0.1:{PORT}/api/tokens/webhook")
SANDBOX_PUBLIC_URL = env.str("SANDBOX_PUBLIC_URL", default="")

STRIPE_SECRET_KEY = pasted.text(env, "STRIPE_SECRET_KEY", "sk_test_sandbox" if STRIPE_SANDBOX else "")
STRIPE_PUBLISHABLE_KEY = pasted.text(env, "STRIPE_PUBLISHABLE_KEY", "pk_test_sandbox" if STRIPE_SANDBOX else "")
# While the secret is rotated two, with a comma between them: Stripe signs with both for up to a day.
STRIPE_WEBHOOK_SECRET = pasted.text(env, "STRIPE_WEBHOOK_SECRET")
# Another base address for the SDK (a recording proxy, say); unset means Stripe itself, or the sandbox.
STRIPE_API_BASE = pasted.text(env, "STRIPE_API_BASE").rstrip("/")
# Where customers pay if not at checkout.stripe.com: https://docs.stripe.com/payments/checkout/custom-domains
STRIPE_CUSTOM_DOMAINS = env.list("STRIPE_CUSTOM_DOMAINS", default=[])
_GUESS = "anything else would be a guess"
STRIPE_INVOICES = pasted.flag(env, "STRIPE_INVOICES", because=_GUESS, default=True)
STRIPE_TAX = pasted.flag(env, "STRIPE_TAX", because=_GUESS)
STRIPE_PROMOTION_CODES = pasted.flag(env, "STRIPE_PROMOTION_CODES", because=_GUESS)
# How long a request waits for Stripe in all, whatever it asks and however often; and the worker or a command for each
# call. Both with retries.
STRIPE_DEADLINE_SECONDS = pasted.seconds(env, "STRIPE_DEADLINE_SECONDS", 10)
STRIPE_BACKGROUND_SECONDS = pasted.seconds(env, "STRIPE_BACKGROUND_SECONDS", 60)

# What a member of staff refunds of one purchase alone, at most, in the smallest unit; above it another one must agree.
STAFF_REFUND_LIMIT_CENTS = env.int("STAFF_REFUND_LIMIT_CENTS", default=5000)
# The most tokens that support may grant one customer at a time.
STAFF_GRANT_LIMIT = env.int("STAFF_GRANT_LIMIT", default=100)
# What a member of staff of any role grants alone in 24 hours, at most, to customers and lists together; above it
# another one must agree.
STAFF_DAILY_GRANT_LIMIT = env.int("STAFF_DAILY_GRANT_LIMIT", default=1000)

# For how many days a membership stays active after a failed renewal.
MEMBERSHIP_GRACE_DAYS = env.int("MEMBERSHIP_GRACE_DAYS", default=7)

# --- the analysis of a brand: by a language model, or, where none is named, by bundled rules -----

# Any server that speaks OpenAI's API (Ollama, vLLM, OpenAI itself, which an empty address means).
ANALYSIS_BASE_URL = env.str("ANALYSIS_BASE_URL", default="")
ANALYSIS_MODEL = env.str("ANALYSIS_MODEL", default="")
ANALYSIS_API_KEY = env.str("ANALYSIS_API_KEY", default="")
ANALYSIS_TIMEOUT_SECONDS = env.float("ANALYSIS_TIMEOUT_SECONDS", default=30)
# Whether an analysis by the rules costs the same tokens as one by a model; else it is free.
RULES_ANALYSIS_COSTS = env.bool("RULES_ANALYSIS_COSTS", default=True)

# --- applications --------------------------------------------------------------

INSTALLED_APPS = [
    "soulfra",  # whose `collectstatic` comes before Django's
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_standardized_errors",
    "accounts",
    "soulfra.backoffice",
    "brands",
    "memberships",
    "tokens",
]

MIDDLEWARE = [
    "soulfra.middleware.RequestId",
    "soulfra.watching.requests.Watched",
    "soulfra.middleware.ApiLimits",
    "soulfra.middleware.NobodyKeeps",
    "soulfra.middleware.NothingRuns",
    "soulfra.watching.probes.Probes",
    "django.middleware.security.SecurityMiddleware",
    "soulfra.middleware.EncryptedCalls",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "soulfra.serving.bodies.WholeBodies",
    "soulfra.serving.trouble.DatabaseTrouble",
    "soulfra.middleware.StripeDeadline",
    "soulfra.middleware.FastPath",
    "soulfra.serving.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "soulfra.middleware.ContentSecurity",
    "tokens.web.refusals.RefusalMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sign_in.session_limits.SessionLimits",
    "soulfra.backoffice.second_factor.SecondFactor",
    "soulfra.backoffice.addresses.OddAddress",
    "soulfra.backoffice.posted_ids.SelectedRows",
]

# What is left of it for a program's call after FastPath, unless soulfra/api/fast_path.py answers it before.
API_MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "tokens.web.refusals.RefusalMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "soulfra.context.shop",
            ],
        },
    },
]

# --- database ------------------------------------------------------------------

DATABASES = {"default": databases.for_every_process(env, default=f"sqlite:///{BASE_DIR / 'soulfra.db'}")}
WEB_DATABASE = databases.for_web_processes(env, DATABASES["default"])

CACHES = databases.CACHES

# --- people ----------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.sign_in.backend.OneLook"]
AUTH_PASSWORD_VALIDATORS = rules.PASSWORD_VALIDATORS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "tokens:home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="optional" if DEBUG else "mandatory")
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up; elsewhere the password is asked for
ACCOUNT_UNIQUE_EMAIL = True
PASSWORD_RESET_TIMEOUT = 3600  # seconds; the email says “an hour”
ACCOUNT_LOGOUT_REDIRECT_URL = "tokens:home"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{SITE_NAME}: "
ACCOUNT_FORMS, MFA_FORMS = rules.FORMS, rules.FACTOR_FORMS
ACCOUNT_EMAIL_NOTIFICATIONS = True  # see accounts/sign_in/security_notices.py
ACCOUNT_ADAPTER = "accounts.sign_in.adapter.AccountAdapter"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 0  # see accounts/sign_in/adapter.py
# For how long whoever has confirmed access may change what opens the account.
REAUTHENTICATION_SECONDS = 300
USERSESSIONS_ADAPTER = "accounts.sign_in.sessions.SessionsAdapter"
ACCOUNT_RATE_LIMITS = rules.RATE_LIMITS

# Whether staff need a second factor, used in this session, for every page of the back office.
STAFF_MFA = env.bool("STAFF_MFA", default=not DEBUG)
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ADAPTER = "accounts.factors.sealing.SealingAdapter"
# What secrets of second factors are encrypted with: the newest key first, older ones until all is encrypted anew.
MFA_ENCRYPTION_KEYS = env.list("MFA_ENCRYPTION_KEYS", default=[])
# A session ends so many days after sign-in, and so many without a request (accounts/sign_in/session_limits.py).
SESSION_DAYS = env.int("SESSION_DAYS", default=30)
SESSION_IDLE_DAYS = env.int("SESSION_IDLE_DAYS", default=14)
SESSION_COOKIE_AGE = SESSION_IDLE_DAYS * 86_400
# Limits of a member of staff's session: since sign-in, without any request, and since the last code before money moves.
STAFF_SESSION_HOURS = env.int("STAFF_SESSION_HOURS", default=12)
STAFF_IDLE_MINUTES = env.int("STAFF_IDLE_MINUTES", default=30)
STAFF_FRESH_MINUTES = env.int("STAFF_FRESH_MINUTES", default=15)

EMAIL_TIMEOUT = 20  # seconds for each exchange with the mail server; EMAIL_URL may say otherwise
EMAIL_URL = env.str("EMAIL_URL", default="")
_mail = EMAIL_URL or "consolemail://"
_printed = "tokens.emails.console.EmailBackend" if _mail.startswith("consolemail:") else None
vars().update(env.email_url_config(_mail, backend=_printed))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Soulfra <hello@localhost>")

# For how long the sweep keeps what is not of the books (tokens/retention.py); 0 days: for good.
EVENT_PAYLOAD_DAYS = pasted.whole(env, "EVENT_PAYLOAD_DAYS", 90)
MAIL_TEXT_DAYS = pasted.whole(env, "MAIL_TEXT_DAYS", 90)
QUOTE_DAYS = pasted.whole(env, "QUOTE_DAYS", 1, least=1)
EXPORT_HOURS = pasted.whole(env, "EXPORT_HOURS", 24, least=1)

# --- API -------------------------------------------------------------------------

REST_FRAMEWORK = REST
SPECTACULAR_SETTINGS = SCHEMA
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=1200)
API_BURST = env.int("API_BURST", default=100)
# How many calls without a valid key one address may make before they are answered with 429 instead of 401.
API_REFUSALS_PER_MINUTE = env.int("API_REFUSALS_PER_MINUTE", default=60)

# What one customer may do a minute, by pages and API together, of what costs seconds or a call to Stripe.
UPLOADS_PER_MINUTE = env.int("UPLOADS_PER_MINUTE", default=20)
PREVIEWS_PER_MINUTE = env.int("PREVIEWS_PER_MINUTE", default=60)
STRIPE_REQUESTS_PER_MINUTE = env.int("STRIPE_REQUESTS_PER_MINUTE", default=30)

UNFOLD = theme(SITE_NAME)

# --- static files, security, logs ----------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Where exports are: a path, or s3://bucket/folder. No address leads here: a view gives each file to its owner.
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
STORAGES = {
    "default": storages.configured(MEDIA_ROOT, endpoint=env.str("BUCKET_ENDPOINT_URL", default="")),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {"DIRECTIVES": content_security.EVERYWHERE}
# Not in a cookie, which browsers would keep: what the shop says may name a customer.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
PERMISSIONS_POLICY = content_security.PERMISSIONS

if not DEBUG:
    vars().update(encryption.configured(env, site_url=SITE_URL, has_proxy=bool(NUM_PROXIES)))

LOGGING = log_lines.configured(
    level=env.str("LOG_LEVEL", default="INFO"),
    form=env.str("LOG_FORMAT", default="lines"),
    has_access_lines=env.bool("ACCESS_LOG", default=True),
)
# Watching (docs/operating.md): figures for who sends the token, and from the worker at host:port; where errors go.
METRICS_TOKEN, METRICS_ADDRESS = env.str("METRICS_TOKEN", default=""), env.str("METRICS_ADDRESS", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
