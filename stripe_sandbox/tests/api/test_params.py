"""The form encoding and the parameter language."""

import pytest

from stripe_sandbox.api.forms import decode
from stripe_sandbox.api.params import Choice, Flag, Integer, Listing, Metadata, Shape, Text, TextOrShape
from stripe_sandbox.errors import StripeError


@pytest.mark.parametrize(
    ("encoded", "tree"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[]=x&a[]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[][n]=1&a[][q]=2&a[][n]=3", {"a": {"0": {"n": "1", "q": "2"}, "1": {"n": "3"}}}),
        ("a%5Bb%5D=%C3%A9", {"a": {"b": "é"}}),
    ],
)
def test_brackets_become_nested(encoded: str, tree: dict) -> None:
    assert decode(encoded) == tree


@pytest.mark.parametrize("encoded", ["a=1&a[b]=2", "a[b]=2&a=1", "a[b=1", "[a]=1", "a=%ff"])
def test_what_cannot_be_decoded_is_refused(encoded: str) -> None:
    with pytest.raises(StripeError):
        decode(encoded)


SHAPE = Shape(
    {
        "count": Integer(least=1),
        "kind": Choice(("a", "b")),
        "is_on": Flag(),
        "tags": Listing(Text(), most=2),
        "metadata": Metadata(),
        "created": TextOrShape(Integer(), Shape({"gte": Integer()})),
        "note": Text(longest=5),
    },
    required=("count",),
)


def test_text_becomes_typed_values() -> None:
    read = SHAPE.read(decode("count=3&kind=b&is_on=true&tags[1]=y&tags[0]=x&metadata[k]=v&created[gte]=5&note=hello"))

    assert read == {
        "count": 3,
        "kind": "b",
        "is_on": True,
        "tags": ["x", "y"],
        "metadata": {"k": "v"},
        "created": {"gte": 5},
        "note": "hello",
    }


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        ("kind=a", "Missing required param: count."),
        ("count=1&x=1&created[y]=2", "Received unknown parameter: x"),
        ("count=1&created[y]=2", "Received unknown parameter: created[y]"),
        ("count=1.5", "Invalid integer: 1.5"),
        ("count=٣", "Invalid integer: ٣"),
        ("count=0", "This value must be greater than or equal to 1."),
        ("count=1&kind=c", "Invalid kind: must be one of a or b"),
        ("count=1&is_on=yes", "Invalid boolean: yes"),
        ("count=1&tags=x", "Invalid array"),
        ("count=1&tags[0]=x&tags[1]=y&tags[2]=z", "Array must have at most 2 elements."),
        ("count=1&note=toolong", "Invalid string: toolong...; must be at most 5 characters"),
        ("count=1&note[a]=b", "Invalid string: expected text"),
        ("count=1&metadata[a][b]=c", "Invalid metadata: metadata must be a set of key-value pairs of text"),
    ],
)
def test_what_does_not_fit_is_named(encoded: str, message: str) -> None:
    with pytest.raises(StripeError) as found:
        SHAPE.read(decode(encoded))

    assert str(found.value) == message


def test_an_empty_text_is_refused_where_it_cannot_unset() -> None:
    with pytest.raises(StripeError, match="You passed an empty string for 'note'"):
        SHAPE.read({"count": "1", "note": ""})

    assert Text(clearable=True).read("", "note") == ""
