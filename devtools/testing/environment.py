"""The environments of tests and checks, complete: a variable named here is never taken from a developer's `.env`.

Every variable of settings.py is in both; a test keeps that true.
"""

import os

TESTS = {
    "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
    "ALLOW_SANDBOX": "true",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "ANALYSIS_API_KEY": "",
    "ANALYSIS_BASE_URL": "",
    "ANALYSIS_MODEL": "",
    "ANALYSIS_TIMEOUT_SECONDS": "30",
    "API_BURST": "100",
    "API_REFUSALS_PER_MINUTE": "60",
    "API_REQUESTS_PER_MINUTE": "1200",
    "CONN_MAX_AGE": "0",
    "CSRF_TRUSTED_ORIGINS": "",
    "DATABASE_URL": "sqlite://:memory:",
    "DEBUG": "false",
    "DEFAULT_FROM_EMAIL": "Soulfra <hello@localhost>",
    "EMAIL_URL": "memorymail://",
    "LOG_LEVEL": "INFO",
    "MEDIA_ROOT": "/nonexistent/media",  # conftest.py puts a directory of the run in its place
    "MFA_ENCRYPTION_KEYS": "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtMDE=",
    "NUM_PROXIES": "0",
    "PORT": "5001",
    "PREVIEWS_PER_MINUTE": "1000",
    "PREPARED_STATEMENTS": "true",
    "RULES_ANALYSIS_COSTS": "true",
    "SANDBOX_PUBLIC_URL": "",
    "SANDBOX_STORE": "/nonexistent/stripe_sandbox.db",
    "SANDBOX_WEBHOOK_URL": "http://127.0.0.1:9/api/tokens/webhook",
    "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SECRET_KEY_FALLBACKS": "",
    "SECURE_HSTS_PRELOAD": "false",
    "SECURE_HSTS_SECONDS": "31536000",
    "SECURE_SSL_REDIRECT": "false",
    "SECURITY_CONTACT": "",
    "SHOP_ADDRESS": "",
    "SESSION_DAYS": "30",
    "SESSION_IDLE_DAYS": "14",
    "SITE_URL": "http://shop.test",
    "STAFF_DAILY_GRANT_LIMIT": "1000",
    "STAFF_FRESH_MINUTES": "15",
    "STAFF_GRANT_LIMIT": "100",
    "STAFF_IDLE_MINUTES": "30",
    "STAFF_REFUND_LIMIT_CENTS": "5000",
    "STAFF_MFA": "false",
    "STAFF_SESSION_HOURS": "12",
    # Port 9 answers nobody: what a test has not pointed at its own sandbox reaches no Stripe, real or not.
    "STRIPE_API_BASE": "http://127.0.0.1:9",
    "STRIPE_BACKGROUND_SECONDS": "60",
    "STRIPE_CUSTOM_DOMAINS": "",
    "STRIPE_DEADLINE_SECONDS": "10",
    "STRIPE_ENABLED": "false",
    "STRIPE_PROMOTION_CODES": "false",
    "MEMBERSHIP_GRACE_DAYS": "7",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_REQUESTS_PER_MINUTE": "1000",
    "STRIPE_SECRET_KEY": "sk_test_sandbox",
    "STRIPE_WEBHOOK_SECRET": "whsec_only_for_tests_0123456789",
    "UPLOADS_PER_MINUTE": "1000",  # what tests do is faster than people; those of the limits set their own
    "WEB_ADDRESS": "127.0.0.1",
    "WEB_THREADS": "32",  # what tests start in threads of their own is not refused for its number
    "WEB_WORKERS": "2",
}

# What a real shop would set, with keys that open nothing: `check --deploy` must have nothing to say about it.
PRODUCTION = TESTS | {
    "ALLOW_SANDBOX": "false",
    "ALLOWED_HOSTS": "shop.example.com",
    "CONN_MAX_AGE": "600",
    "CSRF_TRUSTED_ORIGINS": "https://shop.example.com",
    "EMAIL_URL": "smtp://localhost:25",
    "NUM_PROXIES": "1",
    "PREVIEWS_PER_MINUTE": "60",
    "SECRET_KEY": "made-up-for-the-deployment-check-0123456789-abcdefghijklmnopqrstuvwxyz",
    "SECURE_SSL_REDIRECT": "true",
    "SITE_URL": "https://shop.example.com",
    "STAFF_MFA": "true",
    "STRIPE_API_BASE": "",
    "STRIPE_ENABLED": "true",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_made_up",
    "STRIPE_REQUESTS_PER_MINUTE": "30",
    "STRIPE_SECRET_KEY": "sk_test_made_up",
    "STRIPE_WEBHOOK_SECRET": "whsec_made_up_for_the_deployment_check",
    "UPLOADS_PER_MINUTE": "20",
    "WEB_THREADS": "8",
}


def database_url() -> str:
    """The database tests run on: TEST_DATABASE_URL, else DATABASE_URL, else SQLite in memory."""
    return os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL") or TESTS["DATABASE_URL"]
