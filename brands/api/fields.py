"""What may be sent of a brand, and how one is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from brands.details import LONGEST
from brands.models import Brand, Export
from brands.records import RECORD, record_of
from tokens.web.api.fields import ExactSerializer, FlagField, QueryFlagField, TextField, WordField
from tokens.web.api.pagination import PageSerializer


class DetailField(TextField):
    """A text of a brand; `""` empties it. Choices are checked by `brands.details`, which names those there are."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, max_length=longest, **kwargs)


class DetailsSerializer(ExactSerializer):
    """What may be said of a brand besides its domain."""

    name = TextField(required=False, max_length=LONGEST["name"], help_text="Made from the domain, unless you say it.")
    category = DetailField(50, allow_null=True, help_text="Its key, such as “cooking”; null for none.")
    tier = TextField(required=False, max_length=20, help_text=f"One of: {', '.join(Brand.Tier.values)}.")
    emoji = DetailField(LONGEST["emoji"])
    brand_type = DetailField(20, help_text=f"One of: {', '.join(Brand.Type.values)}; or empty.")
    tagline = DetailField(LONGEST["tagline"])
    target_audience = DetailField(LONGEST["target_audience"])
    purpose = DetailField(LONGEST["purpose"])
    industry = DetailField(LONGEST["industry"])
    region = DetailField(LONGEST["region"])
    strategy = DetailField(LONGEST["strategy"])
    is_test = FlagField(required=False, help_text="A test domain is marked, and counts like any other.")

    def validate_category(self, category: str | None) -> str:
        return category or ""


class EditedSerializer(DetailsSerializer):
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "domain" in data:
            raise serializers.ValidationError({"domain": "The domain of a brand never changes; import the other one."})
        return super().to_internal_value(data)


class NewBrandSerializer(DetailsSerializer):
    domain = TextField(max_length=2000, help_text="A domain, or an address that contains it.")


class BrandSerializer(serializers.ModelSerializer[Brand]):
    category = serializers.CharField(allow_null=True)

    class Meta:
        model = Brand
        fields = list(RECORD)

    def to_representation(self, instance: Brand) -> dict[str, Any]:
        return record_of(instance)


class ImportedSerializer(BrandSerializer):
    """The brand, and beside it what this import cost."""

    paid_by = serializers.CharField(help_text="What paid now: “tokens”, “membership”, “free” or “already_yours”.")
    tokens_spent = serializers.IntegerField()
    balance = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField(), help_text="What was made of what you sent.")

    class Meta(BrandSerializer.Meta):
        fields = [*BrandSerializer.Meta.fields, "tokens_spent", "balance", "notes"]


class ChoosingField(TextField):
    """What brands are chosen by. Empty is refused: an export is charged for, and a program's variable may be unset."""

    default_error_messages = {"blank": "This is empty: name one, or leave the field out for all."}

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(default="", max_length=longest, **kwargs)


class ChosenSerializer(ExactSerializer):
    """Which brands; what is left out chooses nothing."""

    tier = ChoosingField(20, help_text=f"One of: {', '.join(Brand.Tier.values)}.")
    category = ChoosingField(50, help_text="The key of a category, such as “cooking”.")
    type = ChoosingField(20, help_text=f"One of: {', '.join(Brand.Type.values)}.")
    is_test = FlagField(
        default=None, allow_null=True, help_text="Only test domains, or only others; both unless you say."
    )


class FilterSerializer(PageSerializer):
    """The same in the address of the list, and words to search for."""

    tier = DetailField(20, help_text="Only this tier.")
    category = DetailField(50, help_text="Only this category, by its key.")
    type = DetailField(20, help_text="Only this type.")
    is_test = QueryFlagField(required=False, help_text="“true”: only test domains; “false”: only others.")
    q = TextField(required=False, allow_blank=True, help_text="What the domain, the name or the tagline contains.")


class ExportRequestSerializer(ChosenSerializer):
    format = WordField(Export.Format.values, help_text="What the file is.")


class ExportedBrandSerializer(BrandSerializer):
    analysis = serializers.DictField(
        allow_null=True, help_text="The latest analysis: `label` says honestly what made it."
    )

    class Meta(BrandSerializer.Meta):
        fields = [*BrandSerializer.Meta.fields, "analysis"]
