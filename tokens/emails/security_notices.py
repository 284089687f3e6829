"""Security notices as emails of the outbox: a mail server that is slow or away loses none and delays no request."""

from __future__ import annotations

from accounts.sign_in.security_notices import Notice, delivers
from tokens.emails.kinds import kind, write

SECURITY_NOTICE = kind(
    "security_notice",
    name="Security notices",
    description="Your password, email address or two-factor authentication has changed.",
    keeps_address=True,
)


@delivers
def notify(notice: Notice) -> None:
    """Put a security notice into the outbox, to the address it names."""
    about = f"security:{notice.user_id}:{notice.key}:{notice.at.isoformat()}"
    write(notice.user_id, SECURITY_NOTICE, about=about, address=notice.address, notice=notice)
