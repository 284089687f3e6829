"""`{% load api_guide %}`: examples as the tests run them, and text of the schema as people read it."""

from __future__ import annotations

import re
from pathlib import Path

from django import template
from django.conf import settings
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

EXAMPLES = Path(__file__).resolve().parent.parent / "api/guide/examples"
register = template.Library()


@register.simple_tag
def example(name: str) -> SafeString:
    """A file of the guide's examples, all of which soulfra/tests/api/test_guide_examples.py runs."""
    text = Path(f"{EXAMPLES}/{name}").read_text().strip().replace('"…/api/', f'"{settings.SITE_URL}/api/')
    return format_html('<pre class="snippet"><code>{}</code></pre>', text)


@register.filter
def prose(text: str) -> SafeString:
    """Text in which `code` is marked as in the schema."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S308  escaped before
