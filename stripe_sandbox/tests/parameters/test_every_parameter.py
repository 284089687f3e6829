"""Every parameter that is accepted changes something: what is made, what is told, what happens later, what is listed.

One that no sample stands for makes these tests red, so that the next one to be added is tried too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from stripe_sandbox.api.endpoints import Endpoint
from stripe_sandbox.api.params import Listing, Shape, TextOrShape, Unsupported
from stripe_sandbox.api.table import ENDPOINTS
from stripe_sandbox.pages.coverage import parameters
from stripe_sandbox.tests.support.actors import Webhook
from stripe_sandbox.tests.support.parameters.filters import (
    FILTERS,
    LEAVING_NOTHING,
    OF_ONE,
    PAGES,
    TIMES,
    Filters,
    fill_lists,
)
from stripe_sandbox.tests.support.parameters.samples import ASKING_FOR_NOTHING, SAMPLES, STORED
from stripe_sandbox.tests.support.parameters.values import Given, Samples
from stripe_sandbox.tests.support.parameters.world import World, copy_of, differing, settle_in, world_at

FAR = 9_999_999_999
WRITING = [endpoint for endpoint in ENDPOINTS if endpoint.method != "GET"]
LISTS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET"]


@dataclass
class Start:
    """A store with something of everything, the ids of it by name, and where events go."""

    store: Path
    known: dict[str, str]
    hook: Webhook


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    store = tmp_path_factory.mktemp("world") / "store.db"
    with world_at(store) as world:
        known = settle_in(world)
    with Webhook() as hook:
        yield Start(store, known, hook)


def name_of(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def accepted(endpoint: Endpoint) -> set[str]:
    return {name for name, kind in parameters(endpoint.fields, "") if not isinstance(kind, Unsupported)}


def samples_of(endpoint: Endpoint) -> Samples:
    return SAMPLES.get(name_of(endpoint), Samples())


def put(params: dict[str, Any], endpoint: Endpoint, name: str, value: Any) -> None:
    """Give the parameter of that dotted name, in the first element of each list on its way."""
    *outer, last = name.split(".")
    node, fields = params, endpoint.fields
    for part in outer:
        kind: Any = fields[part]
        is_list = isinstance(kind, Listing)
        kind = kind.of if is_list else kind.shape if isinstance(kind, TextOrShape) else kind
        assert isinstance(kind, Shape)
        node = node.setdefault(part, [{}] if is_list else {})
        node, fields = (node[0] if is_list else node), kind.fields
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value


def filled(value: Any, known: dict[str, str]) -> Any:
    """With the ids that names in angle brackets stand for, copied throughout."""
    if isinstance(value, dict):
        return {name: filled(part, known) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, known) for part in value]
    return known.get(value[1:-1], value) if isinstance(value, str) and value.startswith("<") else value


def asked(endpoint: Endpoint, known: dict[str, str], changes: dict[str, Any]) -> dict[str, Any]:
    params: dict[str, Any] = filled(samples_of(endpoint).base, known)
    for name, value in changes.items():
        put(params, endpoint, name, filled(value, known))
    return params


def left_by(start: Start, endpoint: Endpoint, sample: Given, params: Any) -> dict[str, Any]:
    samples, known = samples_of(endpoint), start.known
    with copy_of(start.store, "copy.db") as world:
        world.sandbox.config.webhook_secret = "whsec_x"
        start.hook.statuses[:] = [500]
        if samples.is_told:
            world.sandbox.config.webhook_url = start.hook.url
        id = sample.id or samples.id
        answer = world.call(endpoint.method, endpoint.path.replace("{id}", known.get(id, id)), params)
        (sample.then or samples.then)(world, answer, known)
        return world.left()


def is_only_shown(name: str, paths: set[str]) -> bool:
    """Nothing differs but fields of the same name: it was written down, and that is all."""
    return all(name.rpartition(".")[2] in path.split("/") for path in paths)


def is_one_of(patterns: list[str], endpoint: Endpoint, name: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns for text in (name, f"{endpoint.path} {name}"))


@pytest.mark.parametrize("endpoint", WRITING, ids=name_of)
def test_there_is_a_sample_of_every_parameter(endpoint: Endpoint) -> None:
    assert samples_of(endpoint).values.keys() == accepted(endpoint)


@pytest.mark.parametrize("endpoint", [one for one in WRITING if accepted(one)], ids=name_of)
def test_each_accepted_parameter_changes_something(start: Start, endpoint: Endpoint) -> None:
    without: dict[str, dict[str, Any]] = {}
    idle, only_shown = set(), set()
    for name, sample in samples_of(endpoint).values.items():
        if is_one_of(ASKING_FOR_NOTHING, endpoint, name):
            continue
        base = asked(endpoint, start.known, sample.beside)
        key = f"{base} {sample.id} {sample.then}"
        if key not in without:
            without[key] = left_by(start, endpoint, sample, base)
        given = asked(endpoint, start.known, {**sample.beside, **sample.change(name)})
        paths = differing(without[key], left_by(start, endpoint, sample, given))
        if not paths:
            idle.add(name)
        elif is_only_shown(name, paths) and not is_one_of(STORED, endpoint, name):
            only_shown.add(name)
    assert (idle, only_shown) == (set(), set())


@pytest.fixture(scope="module")
def full(start: Start) -> Iterator[tuple[World, dict[str, str]]]:
    """A world in which every list has something to filter."""
    known = dict(start.known)
    with copy_of(start.store, "full.db") as world:
        fill_lists(world, known)
        assert {status for status, _ in world.seen} <= {200, 303}
        yield world, known


def ids_of(world: World, path: str, params: dict[str, Any]) -> list[str]:
    """Of all pages, or of the one that was asked for."""
    page = world.call("GET", path, {"limit": 100, **params})
    found = [one["id"] for one in page["data"]]
    if not page.get("has_more") or "limit" in params:
        return found
    if "ending_before" in params:
        return ids_of(world, path, {**params, "ending_before": found[0]}) + found
    return found + ids_of(world, path, {**params, "starting_after": found[-1]})


@pytest.mark.parametrize("endpoint", LISTS, ids=name_of)
def test_each_filter_of_a_list_filters(full: tuple[World, dict[str, str]], endpoint: Endpoint) -> None:
    world, known = full
    filters = FILTERS.get(endpoint.path, Filters())
    path = endpoint.path.replace("{id}", known.get(filters.id, filters.id))

    def listed(**changes: Any) -> list[str]:
        params = filled(filters.base, known)
        for name, value in changes.items():
            put(params, endpoint, name, filled(value, known))
        return ids_of(world, path, params)

    names = {name for name in accepted(endpoint) if not is_one_of(ASKING_FOR_NOTHING, endpoint, name)}
    assert names - PAGES - TIMES == filters.values.keys()
    if not names:
        return
    everything = listed()
    assert len(everything) > 1 or endpoint.path in OF_ONE
    for name, value in filters.values.items():
        found = listed(**{name: value})
        assert found != everything, name
        assert found or is_one_of(list(LEAVING_NOTHING), endpoint, name), name
        assert name in filters.base or set(found) < set(everything), name
    if "starting_after" in names:
        assert listed(starting_after=everything[0]) == everything[1:]
        assert listed(ending_before=everything[-1]) == everything[:-1]
    if "limit" in names:
        assert listed(limit=1) == everything[:1]
    if "created.gt" in names:
        assert listed(**{"created.gt": FAR}) == listed(**{"created.gte": FAR}) == []
        assert listed(**{"created.lt": 1}) == listed(**{"created.lte": 0}) == []
        assert listed(**{"created.gte": 0}) == listed(**{"created.lt": FAR}) == everything
