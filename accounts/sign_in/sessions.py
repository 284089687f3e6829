"""Ending sessions. Each is signed with its user's password and a count; whoever's count goes up has none left.

That ends sessions wherever they are stored, and those that no list knows.
"""

from __future__ import annotations

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core import context
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.db.models import F
from django.http import HttpRequest

from accounts.models import User


def end_all(user: User) -> None:
    """Sign the user out everywhere."""
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    user.refresh_from_db(fields=["sessions_ended"])


def end_others(request: HttpRequest) -> None:
    """Sign the user out everywhere but here."""
    end_all(request.user)  # type: ignore[arg-type]  # whoever is asked about is signed in
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    UserSession.objects.create_from_request(request)


def renew(request: HttpRequest) -> None:
    """Give the session another key once more has been proved in it: whoever knew the old one has no part in that."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()
    request.session.cycle_key()
    UserSession.objects.create_from_request(request)


class SessionsAdapter(DefaultUserSessionsAdapter):
    """allauth's page of sessions ends those it has listed; this ends the others too."""

    def end_sessions(self, sessions: list[UserSession]) -> None:
        raise_if_reauthentication_required(context.request, app="accounts")
        super().end_sessions(sessions)
        end_others(context.request)
