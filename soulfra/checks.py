"""System checks: a shop that is set up in a way that could lose or fake money does not start."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from soulfra.pasted import is_guessable, problem_with
from tokens.stripe_api.admission import KEPT_FREE

# What `./dev run` writes into .env begins like this.
SANDBOX_SECRET = "whsec_sandbox_"  # noqa: S105  a prefix, not a secret
PREFIXES = {
    "STRIPE_SECRET_KEY": ("sk_", "rk_"),
    "STRIPE_PUBLISHABLE_KEY": ("pk_",),
    "STRIPE_WEBHOOK_SECRET": ("whsec_",),
}
COPY = "Copy each key in full from its own place in the Stripe dashboard."
LETTERS_OF_KEY, LETTERS_OF_SECRET = 32, 16
MOST_SECRETS = 2  # the new one and the old one, while the old one is rotated out


@register(Tags.security)
def stripe_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Real Stripe needs all its keys; the sandbox must never stand beside a live one; DEBUG never beside real money."""
    return [*_as_written(), *(_with_the_sandbox() if settings.STRIPE_SANDBOX else _with_stripe())]


def _as_written() -> Iterator[CheckMessage]:
    """With a key that is none, every webhook would be refused, or every call to Stripe fail, and nobody hear why."""
    secrets = settings.STRIPE_WEBHOOK_SECRET.split(",")
    if len(secrets) > MOST_SECRETS or (len(secrets) > 1 and not all(secrets)):
        yield Error(
            "STRIPE_WEBHOOK_SECRET must hold one secret, or two with a comma between them while it is rotated.",
            hint="Remove the others, and every comma that stands at an end.",
            id="soulfra.E021",
        )
    for name in PREFIXES:
        for key in _keys(name):
            if problem := problem_with(key, is_real=not settings.STRIPE_SANDBOX):
                yield Error(f"{name} {problem}.", hint=COPY, id="soulfra.E022")
    address = urlsplit(settings.STRIPE_API_BASE)
    if settings.STRIPE_API_BASE and not (address.scheme in ("http", "https") and address.hostname):
        yield Error(
            "STRIPE_API_BASE isn't a web address, so Stripe could not be reached.",
            hint="Remove it, or set an address such as http://127.0.0.1:12111.",
            id="soulfra.E023",
        )


def _with_the_sandbox() -> Iterator[CheckMessage]:
    if _is_live(settings.STRIPE_SECRET_KEY) or _is_live(settings.STRIPE_PUBLISHABLE_KEY):
        yield Error(
            "A live Stripe key is set, but STRIPE_ENABLED is not true: the sandbox would fake payments beside it.",
            hint="Set STRIPE_ENABLED=true to take real payments, or remove the live key.",
            id="soulfra.E001",
        )
    if not settings.STRIPE_WEBHOOK_SECRET:
        yield Error(
            "STRIPE_WEBHOOK_SECRET is not set, so no webhook could be verified.",
            hint="Start once with `./dev run`, which writes one into .env, or set any random text.",
            id="soulfra.E002",
        )


def _with_stripe() -> Iterator[CheckMessage]:
    for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET"):
        if not getattr(settings, name):
            yield Error(
                f"STRIPE_ENABLED is true, but {name} is not set.",
                hint="Copy it from the Stripe dashboard, or unset STRIPE_ENABLED to use the local sandbox.",
                id="soulfra.E003",
            )
    for name, prefixes in PREFIXES.items():
        if not all(key.startswith(prefixes) for key in _keys(name)):
            yield Error(
                f"{name} does not begin with {' or '.join(prefixes)}, so it is another kind of key.",
                hint=COPY,
                id="soulfra.E006",
            )
    if any(secret.startswith(SANDBOX_SECRET) for secret in _keys("STRIPE_WEBHOOK_SECRET")):
        yield Error(
            "STRIPE_WEBHOOK_SECRET is still the one of the local sandbox, so no event of Stripe's could be verified.",
            hint="Copy the endpoint's secret from the Stripe dashboard, or the one that `stripe listen` prints.",
            id="soulfra.E007",
        )
    if _is_live(settings.STRIPE_SECRET_KEY) != _is_live(settings.STRIPE_PUBLISHABLE_KEY):
        yield Error(
            "One Stripe key is live and the other is a test key.",
            hint="Take both from the same mode of the Stripe dashboard.",
            id="soulfra.E004",
        )
    if _is_live(settings.STRIPE_SECRET_KEY) and settings.DEBUG:
        yield Error(
            "DEBUG is on beside a live Stripe key.",
            hint="Set DEBUG=false where real money moves.",
            id="soulfra.E005",
        )


def _keys(name: str) -> list[str]:
    """What a setting holds: one key, none, or the secrets of a rotation."""
    value: str = getattr(settings, name)
    return [key for key in (value.split(",") if name == "STRIPE_WEBHOOK_SECRET" else [value]) if key]


def _is_live(key: str) -> bool:
    return key.startswith(("sk_live_", "rk_live_", "pk_live_"))


LIMITS = {
    "API_REQUESTS_PER_MINUTE": "soulfra.E009",
    "API_BURST": "soulfra.E010",
    "API_REFUSALS_PER_MINUTE": "soulfra.E024",
    "UPLOADS_PER_MINUTE": "soulfra.E025",
    "PREVIEWS_PER_MINUTE": "soulfra.E026",
    "STRIPE_REQUESTS_PER_MINUTE": "soulfra.E027",
}


@register(Tags.security)
def rate_of_the_api(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: an error for each API rate that would let no call through."""
    return [
        Error(f"{name} is {getattr(settings, name)}, so no call would pass.", hint=f"Set {name} to 1 or more.", id=id)
        for name, id in LIMITS.items()
        if getattr(settings, name) < 1
    ]


@register
def limits_of_staff(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    names = ("STAFF_REFUND_LIMIT_CENTS", "STAFF_GRANT_LIMIT", "STAFF_DAILY_GRANT_LIMIT")
    return [
        Error(
            f"{name} is {getattr(settings, name)}: a limit can't be negative.",
            hint=f"Set {name} to 0, so that a second person must always agree, or to more.",
            id="soulfra.E040",
        )
        for name in names
        if getattr(settings, name) < 0
    ]


@register(Tags.security)
def waiting_for_stripe(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: a warning when buyers waiting for Stripe could take every web thread."""
    if settings.WEB_THREADS > KEPT_FREE:
        return []
    return [
        Warning(
            f"WEB_THREADS is {settings.WEB_THREADS}: buyers can hold a whole process while Stripe is slow.",
            hint=f"Set WEB_THREADS to more than {KEPT_FREE}, such as 8.",
            id="soulfra.W004",
        )
    ]


@register(Tags.security)
def secrets_in_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whoever guesses the first signs in as anybody; whoever guesses the second credits tokens that nobody paid for."""
    return [] if settings.DEBUG else list(_with_guessable_secrets())


def _with_guessable_secrets() -> Iterator[CheckMessage]:
    for name, keys in {
        "SECRET_KEY": [settings.SECRET_KEY],
        "SECRET_KEY_FALLBACKS": settings.SECRET_KEY_FALLBACKS,
    }.items():
        if not any(is_guessable(key, letters=LETTERS_OF_KEY) for key in keys):
            continue
        yield Error(
            f"{name} is a placeholder or too short, so anybody could sign in as anybody.",
            hint="Set it to what `python3 -c 'import secrets; print(secrets.token_hex(32))'` prints.",
            id="soulfra.E011",
        )
    if any(is_guessable(secret, letters=LETTERS_OF_SECRET) for secret in _keys("STRIPE_WEBHOOK_SECRET")):
        yield Error(
            "STRIPE_WEBHOOK_SECRET is a placeholder or too short, so anybody could credit tokens.",
            hint=COPY if not settings.STRIPE_SANDBOX else "Set it to whsec_ and long random text.",
            id="soulfra.E012",
        )


@register(Tags.security)
def sandbox_in_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A deployed shop with the sandbox sells tokens for play money: only on purpose, and said at every start."""
    if not settings.STRIPE_SANDBOX or settings.DEBUG:
        return []
    if settings.ALLOW_SANDBOX:
        return [
            Warning(
                "The Stripe sandbox is on and DEBUG is off: payments are fake.",
                hint="Set STRIPE_ENABLED=true and the Stripe keys to take real ones.",
                id="soulfra.W001",
            )
        ]
    return [
        Error(
            "STRIPE_ENABLED is not true and DEBUG is off: customers would pay with play money.",
            hint="Set STRIPE_ENABLED=true and the Stripe keys, or ALLOW_SANDBOX=true for a trial without real money.",
            id="soulfra.E013",
        )
    ]


@register(Tags.security)
def hosts_and_proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.NUM_PROXIES < 0:
        found.append(Error(f"NUM_PROXIES is {settings.NUM_PROXIES}.", hint="Set it to 0 or more.", id="soulfra.E016"))
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        found.append(
            Error(
                "ALLOWED_HOSTS holds *, so whoever asks could name the shop as they like.",
                hint="Name the hosts that people reach the shop by.",
                id="soulfra.E017",
            )
        )
    return found


@register(Tags.security, deploy=True)
def proxy_in_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Granian here speaks plain HTTP: who redirects to TLS must believe the proxy that ends it."""
    if settings.DEBUG or not settings.SECURE_SSL_REDIRECT or settings.NUM_PROXIES:
        return []
    return [
        Warning(
            "NUM_PROXIES is 0 and SECURE_SSL_REDIRECT is on: behind a proxy that ends TLS every page would redirect "
            "to itself.",
            hint="Set NUM_PROXIES=1 where one proxy ends TLS and sends X-Forwarded-Proto and X-Forwarded-For.",
            id="soulfra.W003",
        )
    ]


@register(Tags.security, deploy=True)
def encryption_in_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What goes to other machines is encrypted, and to nobody who merely answers in their place."""
    return [] if settings.DEBUG else list(_in_the_clear())


def _in_the_clear() -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    is_verified = database.get("OPTIONS", {}).get("sslmode") in ("verify-ca", "verify-full")
    if _is_elsewhere(database.get("HOST", "")) and not is_verified:
        yield Warning(
            "DATABASE_URL leads to another machine whose certificate isn't checked: passwords and rows could be read.",
            hint="Add ?sslmode=verify-full&sslrootcert=system to it.",
            id="soulfra.W005",
        )
    is_sent = settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend")
    is_encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if is_sent and not is_encrypted and _is_elsewhere(settings.EMAIL_HOST):
        yield Warning(
            "EMAIL_URL leads to another machine without encryption, so links that open accounts could be read.",
            hint="Begin it with smtp+tls:// or smtp+ssl://.",
            id="soulfra.W006",
        )


def _is_elsewhere(host: str) -> bool:
    """Beyond this machine and its containers, which call each other by names without a dot."""
    return ("." in host or ":" in host) and not host.startswith(("/", "127.")) and host != "::1"


@register(Tags.security)
def mail_in_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Emails to customers need an address to link to, and a mail server."""
    return [] if settings.DEBUG else list(_with_mail())


def _with_mail() -> Iterator[CheckMessage]:
    address = urlsplit(settings.SITE_URL)
    if address.scheme not in ("http", "https") or not address.hostname:
        yield Error(
            "SITE_URL isn't set to a web address, so links in emails would lead nowhere.",
            hint="Set SITE_URL to where customers reach the shop, such as https://shop.example.com.",
            id="soulfra.E008",
        )
    if not settings.EMAIL_URL:
        yield Error(
            "EMAIL_URL is not set, so receipts and password resets would reach nobody.",
            hint="Set it to a mail server, such as smtp+tls://user:password@mail.example.com:587, or to consolemail:// "
            "to print emails.",
            id="soulfra.E014",
        )
    elif settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        yield Warning(
            "EMAIL_URL is consolemail:// and DEBUG is off: emails are printed, not sent.",
            hint="Set EMAIL_URL to a mail server, such as smtp+tls://user:password@mail.example.com:587.",
            id="soulfra.W002",
        )


@register(Tags.security)
def contact_for_security(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: the security contact must be an address that a program can open (RFC 9116)."""
    contact = settings.SECURITY_CONTACT
    is_email = "@" in contact and ":" not in contact and " " not in contact
    if not contact or is_email or contact.startswith(("https://", "mailto:", "tel:")):
        return []
    return [
        Error(
            "SECURITY_CONTACT is neither an email address nor a web address that begins with https://.",
            hint="Set it to one, such as security@shop.example.com, or remove it.",
            id="soulfra.E015",
        )
    ]
