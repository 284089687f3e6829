"""What the buttons of the back office have in common: each form acts once, and what went wrong is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.factors.proof import require_fresh_factor
from accounts.pages.forms import new_form_key
from tokens.errors import KeyReused, TokenError
from tokens.idempotency import answer_once, fingerprint
from tokens.staff.acts import Why, record
from tokens.staff.errors import FormOutOfDate
from tokens.transactions import money_transaction
from tokens.web.caller import user_id_of
from tokens.web.keyset import row_id
from tokens.web.refusals import problem_of


def staff_of(request: HttpRequest) -> AbstractBaseUser:
    """The member of staff; the back office lets nobody else in."""
    return cast(AbstractBaseUser, request.user)


def pk_of(object_id: Any) -> int:
    """The number in the address of a row's page; 0, which no row has, for what is no number, or too large a one."""
    return row_id(str(object_id)) or 0


def row_of(page: ModelAdmin[Any], request: HttpRequest, object_id: str) -> Any:
    """The row of a page's address. Raises Http404."""
    row = page.get_object(request, str(pk_of(object_id)))
    if row is None:
        raise Http404
    return row


class ActionForm(BaseDialogForm):
    """Whom it is about, and why it is done; `form_key` makes a form that is sent twice act once."""

    form_before_template = "admin/tokens/_facts.html"
    # Whether it wants a code of the second factor given lately: before the form is shown, and when it is sent.
    needs_fresh_factor = False

    reason = forms.CharField(max_length=200, label="Reason", widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))
    form_key = forms.CharField(max_length=64, initial=new_form_key, widget=forms.HiddenInput)

    def facts(self, pk: int) -> dict[str, object]:
        """What stands above the fields, by name: who and what this is about. Raises Http404."""
        return {}

    def get_before_template_context(self, request: HttpRequest, object_id: int | str | None = None) -> dict[str, Any]:
        if self.needs_fresh_factor:
            require_fresh_factor(request)
        if object_id is None:
            return {"facts": {}}
        return {"facts": self.facts(pk_of(object_id))}

    def why(self, request: HttpRequest) -> Why:
        """Who does it, and why, of a valid form."""
        return Why(staff_of(request), self.cleaned_data["reason"], self.cleaned_data.get("note", ""))


class ReasonForm(ActionForm):
    """As above, with the reason from a list and a note beside it."""

    reasons: list[str] = []
    reason_help = ""

    reason = forms.ChoiceField(widget=UnfoldAdminSelectWidget)  # type: ignore[assignment]  # a form may
    note = forms.CharField(max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["reason"])
        field.choices, field.help_text = [(reason, reason) for reason in self.reasons], self.reason_help


def act_once(page: ModelAdmin[Any], request: HttpRequest, form: ActionForm, *, back: str, **act: Any) -> HttpResponse:
    """Do the work of a valid dialog as `do_once` says, and lead back."""
    do_once(page, request, form, **act)
    return HttpResponse(headers={"HX-Redirect": back})


def do_once(
    page: ModelAdmin[Any],
    request: HttpRequest,
    form: ActionForm,
    *,
    work: Callable[[], tuple[Model | Sequence[Model], str]],
    asks_stripe: bool = False,
    verb: str = "",
) -> None:
    """Do the work of a valid form, log and tell it; a refusal is told instead.

    `work` returns the row, or the rows, that the log is about, and the sentence. All is one transaction, unless it
    `asks_stripe`. `verb` has the act written here, for work of another app that does not write it.
    """
    if form.needs_fresh_factor:
        require_fresh_factor(request)

    def worked() -> str:
        found, told = work()
        why = form.why(request)
        for row in [found] if isinstance(found, Model) else found:
            page.log_change(request, row, f"{told} Reason: {why.text}")
            if verb:
                record(verb, str(row)[:200], why=why, user_id=getattr(row, "user_id", None))
        return told

    asked = fingerprint(request.path, {name: form.data.get(name) for name in form.fields})
    told = answer_form(
        request, f"form:{form.cleaned_data['form_key']}", asked=asked, work=worked, asks_stripe=asks_stripe
    )
    if told is not None:
        messages.success(request, told)


def answer_form(
    request: HttpRequest,
    key: str,
    *,
    asked: str,
    work: Callable[[], Any],
    asks_stripe: bool = False,
    resent: str = "",
) -> Any:
    """The answer of `work`, done once for all forms with this key; None when it was refused, which is told.

    All is one transaction, unless it `asks_stripe`. `resent` is the message for a key that came with another form.
    """
    answer_it = answer_once if asks_stripe else money_transaction(answer_once)
    try:
        return answer_it(user_id_of(request), key, request=asked, work=work).body
    except KeyReused as error:
        say_refusal(request, FormOutOfDate(resent) if resent else error)
    except TokenError as error:
        say_refusal(request, error)
    return None


def say_refusal(request: HttpRequest, error: TokenError) -> None:
    """A dialog shows no page of another address, so the table of refusals speaks through a message."""
    problem = problem_of(error)
    messages.error(request, problem.detail if problem else str(error))
