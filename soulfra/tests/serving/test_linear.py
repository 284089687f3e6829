"""Texts that are made to take long: reading them takes time in proportion to their size, and no more."""

import io
import json
from contextlib import suppress

import pytest
from rest_framework.exceptions import APIException

from brands.analysis.segmenting import segments_of
from brands.analysis.sound import is_pronounceable
from devtools.testing.growth import grows_linearly
from tokens.stripe_api import escaping
from tokens.web.api.parsers import PlainJSONParser

BODIES = {
    "deep": lambda size: "[" * size + "]" * size,
    "never closed": lambda size: "[" * size,
    "objects in objects": lambda size: '{"a":' * size,
    "deep again and again": lambda size: ("[" * 101 + "]" * 101 + ",") * (size // 200),
    "a text that is never closed": lambda size: r'["\u0000", "' + r"\"" * size,
    "one that ends in a backslash": lambda size: r'["\u0000", "' + r"\"" * size + "\\",
    "quotes": lambda size: '"' * size + r"\u0000",
    "backslashes": lambda size: '"' + "\\" * size + "escaped:",
    "escapes": lambda size: '["' + r"\u0061" * size + '"]',
    "texts to escape": lambda size: json.dumps(["\0"] * size),
    "keys": lambda size: json.dumps({f"k{number}": "escaped:" for number in range(size)}),
    "one key": lambda size: "{" + '"a":1,' * size + '"b":1}',
    "digits": lambda size: '{"a":' + "9" * size + "}",
    "numbers in lists in lists": lambda size: '{"a":' + "[" * 19 + "1," * size + "1" + "]" * 19 + "}",
}


@pytest.mark.parametrize("body_of", BODIES.values(), ids=BODIES)
def test_an_event_takes_time_in_proportion_to_its_size(body_of):
    def read(size):
        with suppress(json.JSONDecodeError):
            escaping.read(body_of(size))

    assert grows_linearly(read, 10_000)


@pytest.mark.parametrize("body_of", BODIES.values(), ids=BODIES)
def test_a_body_takes_time_in_proportion_to_its_size(body_of):
    def read(size):
        with suppress(APIException):
            PlainJSONParser().parse(io.BytesIO(body_of(size).encode()))

    assert grows_linearly(read, 10_000)


@pytest.mark.parametrize("part", ["x", "s", "cooking", "besthome", "cookingxqz", "-a1", "é", "1", "ocean"])
def test_a_label_takes_time_in_proportion_to_its_length(part):
    def analysed(size):
        label = part * (size // len(part))
        return segments_of(label).are_all_known, is_pronounceable(label)

    assert grows_linearly(analysed, 3_000)
