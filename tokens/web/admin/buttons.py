"""The buttons of a row's page: each opens a dialog that says whom it is about and asks why, and acts once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from tokens.web.admin.actions import ActionForm, act_once, pk_of, row_of
from tokens.web.admin.links import page_of

Told = tuple[Model | Sequence[Model], str]
Work = Callable[[Any, HttpRequest, Any, Any], Told]


def dialog(title: str, form: type[ActionForm], submit: str, description: str = "") -> Any:
    return {"title": title, "description": description, "form_class": form, "form_submit_text": submit}


def button(
    words: str,
    asks: Any,
    *,
    needs: str,
    variant: ActionVariant = ActionVariant.DEFAULT,
    asks_stripe: bool = False,
    verb: str = "",
) -> Callable[[Work], Any]:
    """A button that says `words` and opens the `dialog` it `asks` with, for whom `has_<needs>_permission` lets.

    The method is given the request, the valid form and the row. It returns the row, or the rows, that the log is about,
    and the sentence. `asks_stripe` and `verb` are as for `do_once`.
    """

    def decorate(method: Work) -> Any:
        @action(description=words, permissions=[needs], variant=variant, dialog=asks)
        @wraps(method)
        def press(self: Any, request: HttpRequest, form: ActionForm, object_id: str) -> HttpResponse:
            row = row_of(self, request, object_id)

            def work() -> Told:
                return method(self, request, form, row)

            back = page_of(row)
            return act_once(self, request, form, work=work, back=back, asks_stripe=asks_stripe, verb=verb)

        return press

    return decorate


def allows(*permissions: str, shown: Callable[[int], bool] | None = None) -> Any:
    """A page's `has_…_permission`: for whoever has one of these.

    With `shown`, which is given the row's number, there is a button only where it says so; but a form sent twice is
    answered.
    """

    def has_permission(page: Any, request: HttpRequest, object_id: Any = None) -> bool:
        may = any(request.user.has_perm(permission) for permission in permissions)
        return may and (shown is None or request.method == "POST" or shown(pk_of(object_id)))

    return has_permission
