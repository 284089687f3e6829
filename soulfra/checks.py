"""System checks: a shop that is set up in a way that could lose or fake money does not start."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from soulfra import databases
from soulfra.pasted import is_guessable
from soulfra.stripe_checks import COPY, keys_in
from tokens.stripe_api.admission import KEPT_FREE

LETTERS_OF_KEY, LETTERS_OF_SECRET = 32, 16
YEAR_IN_SECONDS = 31_536_000

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
    if any(is_guessable(secret, letters=LETTERS_OF_SECRET) for secret in keys_in("STRIPE_WEBHOOK_SECRET")):
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


@register(Tags.security)
def promise_of_encryption(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: a promise that browsers would not take, or could not keep, is refused (https://hstspreload.org)."""
    seconds = 0 if settings.DEBUG else settings.SECURE_HSTS_SECONDS
    if seconds < 0:
        hint = "Set it to 0, so that browsers remember nothing, or to more."
        return [Error(f"SECURE_HSTS_SECONDS is {seconds}.", hint=hint, id="soulfra.E060")]
    if settings.DEBUG or not settings.SECURE_HSTS_PRELOAD:
        return []
    if seconds >= YEAR_IN_SECONDS and settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        return []
    return [
        Error(
            "SECURE_HSTS_PRELOAD is on, but browsers take that promise only for a year or more and all subdomains.",
            hint=f"Set SECURE_HSTS_SECONDS to {YEAR_IN_SECONDS} and SECURE_HSTS_INCLUDE_SUBDOMAINS=true, or remove it.",
            id="soulfra.E061",
        )
    ]


@register(Tags.security)
def one_of_several_servers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: among several servers the shop must look for the one that takes changes."""
    return [
        Error(
            f"{name} leads to several servers, so the shop might stay with one that takes no changes.",
            hint="Add ?target_session_attrs=read-write to it.",
            id="soulfra.E050",
        )
        for name, database in databases.addresses().items()
        if len(databases.hosts_of(database)) > 1
        and database["OPTIONS"].get("target_session_attrs") not in ("read-write", "primary")
    ]


@register(Tags.security, deploy=True)
def encryption_in_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What goes to other machines is encrypted, and to nobody who merely answers in their place."""
    return [] if settings.DEBUG else list(_in_the_clear())


def _in_the_clear() -> Iterator[CheckMessage]:
    for name, database in databases.addresses().items():
        is_verified = database.get("OPTIONS", {}).get("sslmode") in ("verify-ca", "verify-full")
        if is_verified or not any(map(_is_elsewhere, databases.hosts_of(database))):
            continue
        yield Warning(
            f"{name} leads to another machine whose certificate isn't checked: passwords and rows could be read.",
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
    if "@" not in settings.DEFAULT_FROM_EMAIL:
        yield Error(
            f"DEFAULT_FROM_EMAIL is {settings.DEFAULT_FROM_EMAIL!r}, so a mail server would refuse every email.",
            hint="Set it to an address of yours, such as Soulfra <hello@shop.example.com>.",
            id="soulfra.E062",
        )
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
