"""The one shape of an analysis, whichever engine made it; what does not fit is no analysis.

Imported only where an analysis is made: pydantic takes a while to load. Lengths are checked by functions, because the
strict JSON schemas of OpenAI know no `maxLength`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from brands.details import LONGEST
from brands.models import Brand

# For a strength, a risk or a reason of the score.
LONGEST_POINT = 300


def text(longest: int, *, may_be_empty: bool = False) -> Callable[[str], str]:
    """A check that returns a text without spaces around it.

    It raises ValueError for an empty text, one of more than `longest` characters, and one with a control character.
    """

    def check(value: str) -> str:
        value = value.strip()
        if not value and not may_be_empty:
            raise ValueError("is empty")
        if len(value) > longest:
            raise ValueError(f"has {len(value)} characters, at most {longest} are kept")
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
            raise ValueError("holds a control character")
        return value

    return check


def picture(value: str) -> str:
    """An emoji may be several characters with joiners between, and a keycap has a digit; it is never a word."""
    value = text(LONGEST["emoji"])(value)
    if value.isascii() or any(character.isalpha() or character.isspace() for character in value):
        raise ValueError("is not an emoji")
    return value


Point = Annotated[str, AfterValidator(text(LONGEST_POINT))]


class Suggestion(BaseModel):
    """What an engine suggests for a brand, and what it thinks of it."""

    model_config = ConfigDict(extra="forbid")

    category: str
    name: Annotated[str, AfterValidator(text(LONGEST["name"]))] = Field(description="The domain as a readable name.")
    brand_type: Literal["blog", "game", "community", "platform", "directory"]
    emoji: Annotated[str, AfterValidator(picture)] = Field(description="One emoji.")
    tagline: Annotated[str, AfterValidator(text(LONGEST["tagline"]))] = Field(
        description="At most ten words, and at most 200 characters."
    )
    target_audience: Annotated[str, AfterValidator(text(LONGEST["target_audience"]))] = Field(
        description="Whom it is for, in at most 300 characters."
    )
    purpose: Annotated[str, AfterValidator(text(LONGEST["purpose"]))] = Field(
        description="One sentence of at most 500 characters."
    )
    industry: Annotated[str, AfterValidator(text(LONGEST["industry"]))]
    region: Annotated[str, AfterValidator(text(LONGEST["region"], may_be_empty=True))] = Field(
        description="A country or region, “Worldwide”, or empty where nothing says it."
    )
    strategy: Annotated[str, AfterValidator(text(LONGEST["strategy"]))] = Field(
        description="Exactly two sentences: what to do first, and what to do next."
    )
    strengths: list[Point] = Field(max_length=8)
    risks: list[Point] = Field(max_length=8)
    score: int = Field(ge=0, le=100, description="How well the domain serves as a brand.")
    score_reasons: list[Point] = Field(min_length=1, max_length=16)


assert set(Brand.Type.values) == {"blog", "game", "community", "platform", "directory"}  # noqa: S101  one list, twice


class OpenSuggestion(Suggestion):
    """As above, where a name may tell neither its category nor its industry nor its type."""

    brand_type: Literal["blog", "game", "community", "platform", "directory", ""]  # type: ignore[assignment]
    industry: Annotated[str, AfterValidator(text(LONGEST["industry"], may_be_empty=True))]


@cache
def open_suggestion_among(categories: tuple[str, ...]) -> type[Suggestion]:
    """The shape for who suggests only what can be told: the category is one of those there are now, or empty."""
    there_are: Any = Literal[("", *categories)]
    return create_model("OpenBrandAnalysis", __base__=OpenSuggestion, category=(there_are, ...))


@cache
def suggestion_among(categories: tuple[str, ...]) -> type[Suggestion]:
    """The shape, with the category one of those there are now."""
    there_are: Any = Literal[categories or ("",)]
    return create_model("BrandAnalysis", __base__=Suggestion, category=(there_are, ...))
