"""Under /api/ every refusal is a problem that a program can read, with DEBUG on or off; elsewhere it is a page."""

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tokens.web.refusals import problem_type

PROBLEM = "application/problem+json"
in_both_modes = pytest.mark.parametrize("debug", [True, False])


@in_both_modes
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/tokens/nothing", "/api/tokens/balance/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_api_address_is_a_404_problem(settings, debug, path, method):
    settings.DEBUG = debug
    response = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)
    assert response.json() == {
        "type": problem_type("not-found"),
        "title": "Not Found",
        "status": 404,
        "detail": f"There is nothing at {path}. The addresses are listed at /api/docs.",
        "error": "Not Found",
    }


@in_both_modes
@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
def test_the_catch_all_hides_no_address(client, settings, debug, path):
    settings.DEBUG = debug
    assert client.get(path).status_code == 200


def test_an_unknown_host_is_a_400_problem_under_api(client):
    response = client.get("/api/tokens/packages", headers={"Host": "evil.example"})
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert response.json()["detail"] == "The Host header does not name this shop; call it at its own address."


def test_elsewhere_they_are_pages(client, db):
    for response, status in (
        (client.get("/nothing"), 404),
        (client.get("/tokens/", headers={"Host": "evil.example"}), 400),
    ):
        assert (response.status_code, response["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_a_form_larger_than_the_limit_is_a_413_page(client, settings, alice):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    client.force_login(alice)
    response = client.post("/tokens/purchase", "package=starter", content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response["Content-Type"]) == (413, "text/html; charset=utf-8")


def test_a_browser_that_asks_for_the_favicon_gets_the_mark(client):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"]) == (302, "/static/img/mark.svg")
    assert finders.find("img/mark.svg")
