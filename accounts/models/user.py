from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from accounts.sign_in.usernames import refuse_web_addresses


class User(AbstractUser):
    """A customer or a member of staff; our own class from the first migration, so that it can grow."""

    # People sign in by username or email, so no username may be what could be somebody else's address. Accounts that
    # are older than this rule keep theirs.
    username = models.CharField(
        max_length=150,
        unique=True,
        help_text="At most 150 characters: letters, digits and . + - _",
        validators=[
            RegexValidator(
                r"^[\w.+-]+\Z",
                "Use only letters, digits and . + - _ for a username. An email address can't be one.",
            ),
            refuse_web_addresses,
        ],
        error_messages={"unique": "A user with that username already exists."},
    )

    sessions_ended = models.PositiveIntegerField(
        default=0, editable=False, help_text="How often all sessions were ended."
    )

    terms_accepted_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="At sign-up, if there were terms to accept."
    )

    class Meta(AbstractUser.Meta):
        permissions = [
            ("reset_password", "Can send a password reset email"),
            ("export_person", "Can export personal data"),
            ("anonymise_person", "Can anonymise customers"),
        ]
        indexes = [
            models.Index(Lower("email"), name="users_by_email"),
            # The few of a kind, for the filters of a list of very many.
            models.Index(fields=["-id"], condition=Q(is_staff=True), name="users_of_the_staff"),
            models.Index(fields=["-id"], condition=Q(is_superuser=True), name="users_superusers"),
            models.Index(fields=["-id"], condition=Q(is_active=False), name="users_inactive"),
        ]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session of this user is signed with: as Django has it until sessions are first ended."""
        if not self.sessions_ended:
            return super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # not in the stubs
        signed = f"{self.password}:{self.sessions_ended}"
        return salted_hmac("accounts.models.User.sessions", signed, secret=secret, algorithm="sha256").hexdigest()
