"""What no database keeps is kept escaped, and can be had back."""

import json

import pytest

from tokens.stripe_api.escaping import MARK, MOST_DEEP, is_id, keepable, read


def back(value):
    """What `read` was given, from what it gave; Python's NaN is told by its name."""
    if isinstance(value, dict):
        return {back(name): back(each) for name, each in value.items()}
    if isinstance(value, list):
        return [back(each) for each in value]
    if isinstance(value, str) and value.startswith(MARK):
        return json.loads(value.removeprefix(MARK), parse_constant=str)
    return value


@pytest.mark.parametrize(
    ("body", "escaped"),
    [
        (r'{"a": "x\u0000y"}', {"a": r'escaped:"x\u0000y"'}),
        (r'{"\u0000": 1}', {r'escaped:"\u0000"': 1}),
        (r'["\ud800", "\udc00\ud83d"]', [r'escaped:"\ud800"', r'escaped:"\udc00\ud83d"']),
        ('{"a": [NaN, -Infinity]}', {"a": ["escaped:NaN", "escaped:-Infinity"]}),
        ("[1e400, -1e999]", ["escaped:1e400", "escaped:-1e999"]),
        ('["escaped:1"]', ['escaped:"escaped:1"']),
        (r'["\u0065scaped:1"]', [r'escaped:"\u0065scaped:1"']),
    ],
)
def test_what_no_database_keeps_is_escaped_and_comes_back(body, escaped):
    found = read(body)
    assert found == escaped
    assert back(found) == json.loads(body, parse_constant=str)


@pytest.mark.parametrize(
    "body",
    [r'{"a": "😀 \ud83d\ude00"}', r'["\\u0000", "\\ud800"]', '{"a": 1.5e3, "b": [true, null, -7]}', '"escape"', "[]"],
)
def test_everything_else_is_read_as_it_is(body):
    assert read(body) == json.loads(body)


def test_a_number_of_more_digits_than_python_takes_is_kept_as_its_digits():
    assert read('{"n": ' + "9" * 5000 + ', "m": 8}') == {"n": MARK + "9" * 5000, "m": 8}


@pytest.mark.parametrize("depth", [MOST_DEEP + 5, 3000, 200_000])
@pytest.mark.parametrize("kind", ["array", "object"])
def test_what_lies_too_deep_is_kept_as_its_json(depth, kind):
    opened, closed = ("[", "]") if kind == "array" else ('{"a":', "}")
    found = read('{"deep": ' + opened * depth + r'"]\u0000"' + closed * depth + ', "near": [1]}')
    assert found["near"] == [1]
    inner = found["deep"]
    for _ in range(MOST_DEEP - 1):
        inner = inner[0] if kind == "array" else inner["a"]
    rest = depth - MOST_DEEP + 1
    assert inner == MARK + opened * rest + r'"]\u0000"' + closed * rest


@pytest.mark.parametrize(
    "body",
    ["", "{", '{"a": "\0"}', r'"\u00"', '"', "[" * 3000, "[[" + "[" * 200 + "]" * 150, "]" * 300 + "{}" * 300, "nan"],
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(json.JSONDecodeError):
        read(body)


def test_a_text_for_people_says_what_was_in_it():
    assert keepable("a\0b\ud800c😀") == r"a\u0000b\ud800c😀"


@pytest.mark.parametrize(
    "value", [None, 7, "", "a\0", "pi_\ud800", "pi_é", "x" * 256, "../v1", "pi_1?", "pi_1\n", ["pi_1"], {}]
)
def test_what_can_be_no_id_is_asked_of_nobody(value):
    assert not is_id(value)
