"""Fields that several calls share."""

from rest_framework import serializers

# What a column of whole numbers can keep.
LARGEST_COUNT = 2**31 - 1


class MetadataField(serializers.DictField):
    """An object of the caller's own, kept with the usage as it was sent."""
