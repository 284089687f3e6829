"""Whatever refuses a call has a `type` that opens a page, and stands in the guide."""

import ast
import re
from http import HTTPStatus
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework import exceptions

from soulfra.api.guide.problem_types import BY_SLUG, GROUPS
from tokens import errors
from tokens.web.refusals import problem_type, slug_of

ROOT = Path(__file__).resolve().parents[3]
# What no call of the API does: they are answers of pages, the back office, commands and Stripe's events.
BEYOND_THE_API = {
    "the-account-cant-be-closed-yet",
    "invalid-filter",
    "live-account",
    "not-permitted",
    "nothing-suggested",
    "refund-too-large",
    "unknown-kind-of-movement",
    "unknown-month",
}


def kinds(kind=errors.TokenError):
    return {kind, *(each for sub in kind.__subclasses__() for each in kinds(sub))}


def titles_in_the_code():
    """Of every problem that is written down as `Problem(status, "title", …)`."""
    for app in ("accounts", "brands", "memberships", "soulfra", "tokens"):
        for file in (ROOT / app).rglob("*.py"):
            if "tests" not in file.parts and "backoffice" not in file.parts:
                for call in ast.walk(ast.parse(file.read_text())):
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Problem":
                        yield from (
                            (call.args[0].value, arg.value)
                            for arg in call.args[1:2]
                            if isinstance(arg, ast.Constant) and isinstance(call.args[0], ast.Constant)
                        )


def test_every_refusal_of_the_domain_is_explained():
    by_api = {
        kind
        for kind in kinds() - {errors.UnknownChoice}  # whose kinds have names of their own
        if ".staff." not in kind.__module__ and slug_of(kind.title) not in BEYOND_THE_API
    }
    pairs = {(kind.status, slug_of(kind.title)) for kind in by_api}
    assert pairs - {(each.status, each.slug) for each in BY_SLUG.values()} == set()


def test_every_problem_that_a_door_makes_itself_is_explained():
    found = {(status, slug_of(title)) for status, title in titles_in_the_code()}
    assert len(found) > 10
    assert {slug for _, slug in found} <= BY_SLUG.keys()
    assert all(BY_SLUG[slug].status == status for status, slug in found)


@pytest.mark.parametrize(
    "kind",
    [
        exceptions.ParseError,
        exceptions.NotAuthenticated,
        exceptions.PermissionDenied,
        exceptions.NotFound,
        exceptions.MethodNotAllowed,
        exceptions.NotAcceptable,
        exceptions.UnsupportedMediaType,
        exceptions.Throttled,
        exceptions.APIException,
    ],
)
def test_every_refusal_of_the_framework_is_explained(kind):
    assert BY_SLUG[slug_of(HTTPStatus(kind.status_code).phrase)].status == kind.status_code


def test_a_problem_stands_in_one_group():
    assert len(BY_SLUG) == sum(len(group) for group in GROUPS.values())


@pytest.mark.parametrize("slug", sorted(BY_SLUG))
def test_each_type_is_an_address_that_answers_with_what_to_do(client, slug):
    kind = BY_SLUG[slug]
    page = client.get(problem_type(slug).removeprefix(settings.SITE_URL))
    assert page.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.content.decode()))
    assert slug in text
    assert str(kind.status) in text
    assert all(f"<code>{name}</code>" in page.content.decode() for name in kind.more)


def test_the_type_in_an_answer_leads_to_its_page(client, db):
    problem = client.get("/api/tokens/balance").json()
    assert client.get(problem["type"].removeprefix(settings.SITE_URL)).status_code == 200
