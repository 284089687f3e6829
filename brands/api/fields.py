"""What may be sent of a brand, and how one is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from brands.details import FIELDS, LONGEST, TEXTS
from brands.models import Brand, Export
from brands.records import RECORD, record_of
from tokens.web.api.fields import ExactSerializer, FlagField, QueryFlagField, TextField, WordField
from tokens.web.api.pagination import PageSerializer


class DetailField(TextField):
    """A text of a brand; `""` empties it. Choices are checked by `brands.details`, which names those there are."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(required=False, allow_blank=True, max_length=longest, **kwargs)


class DetailsSerializer(ExactSerializer):
    """Details of a domain."""

    name = TextField(required=False, max_length=LONGEST["name"], help_text="Derived from the domain by default.")
    category = DetailField(50, allow_null=True, help_text="A category key, such as “cooking”; null for none.")
    tier = TextField(required=False, max_length=20, help_text=f"One of: {', '.join(Brand.Tier.values)}.")
    brand_type = DetailField(20, help_text=f"One of: {', '.join(Brand.Type.values)}; or empty.")
    is_test = FlagField(required=False, help_text="Marks a test domain; it counts towards limits like any other.")

    def get_fields(self) -> dict[str, Any]:
        named = {**super().get_fields(), **{name: DetailField(LONGEST[name]) for name in TEXTS}}
        return {name: named.pop(name) for name in FIELDS} | named

    def validate_category(self, category: str | None) -> str:
        return category or ""


class EditedSerializer(DetailsSerializer):
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and "domain" in data:
            raise serializers.ValidationError({"domain": "A domain can't be changed. Import the other domain instead."})
        return super().to_internal_value(data)


class NewBrandSerializer(DetailsSerializer):
    domain = TextField(max_length=2000, help_text="A domain, or a URL that contains one.")


class BrandSerializer(serializers.ModelSerializer[Brand]):
    category = serializers.CharField(allow_null=True)

    class Meta:
        model = Brand
        fields = list(RECORD)

    def to_representation(self, instance: Brand) -> dict[str, Any]:
        return record_of(instance)


class ImportedSerializer(BrandSerializer):
    """The domain, and what importing it cost."""

    paid_by = serializers.CharField(help_text="Payment source: “tokens”, “membership”, “free” or “already_yours”.")
    tokens_spent = serializers.IntegerField()
    balance = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField(), help_text="How your input was interpreted.")

    class Meta(BrandSerializer.Meta):
        fields = [*BrandSerializer.Meta.fields, "tokens_spent", "balance", "notes"]


class ChoosingField(TextField):
    """What brands are chosen by. Empty is refused: an export is charged for, and a program's variable may be unset."""

    default_error_messages = {"blank": "Must not be empty. Leave the field out to include all."}

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(default="", max_length=longest, **kwargs)


class ChosenSerializer(ExactSerializer):
    """Which domains to include; a field left out matches all."""

    tier = ChoosingField(20, help_text=f"One of: {', '.join(Brand.Tier.values)}.")
    category = ChoosingField(50, help_text="The key of a category, such as “cooking”.")
    type = ChoosingField(20, help_text=f"One of: {', '.join(Brand.Type.values)}.")
    is_test = FlagField(
        default=None, allow_null=True, help_text="true: only test domains; false: no test domains; omitted: both."
    )


class FilterSerializer(PageSerializer):
    """The same in the address of the list, and words to search for."""

    tier = DetailField(20, help_text="Only this tier.")
    category = DetailField(50, help_text="Only this category, by its key.")
    type = DetailField(20, help_text="Only this type.")
    is_test = QueryFlagField(required=False, help_text="“true”: only test domains; “false”: no test domains.")
    q = TextField(required=False, allow_blank=True, help_text="Text to find in domain, name or tagline.")


class ExportRequestSerializer(ChosenSerializer):
    format = WordField(Export.Format.values, help_text="File format.")


class ExportedBrandSerializer(BrandSerializer):
    analysis = serializers.DictField(
        allow_null=True, help_text="The latest analysis; `label` names the engine that made it."
    )

    class Meta(BrandSerializer.Meta):
        fields = [*BrandSerializer.Meta.fields, "analysis"]
