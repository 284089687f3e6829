"""Rows as links to their own pages in the back office."""

from __future__ import annotations

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tokens.web.admin.stripe_links import AS_A_LINK


def page_of(row: Model) -> str:
    """The address of the row's page."""
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def row_link(*rows: Model | None) -> SafeString | str:
    """Each row's words as a link to its page, one after the other; a dash for none."""
    links = [(AS_A_LINK, page_of(row), row) for row in rows if row is not None]
    return format_html_join(", ", '<a class="{}" href="{}">{}</a>', links) if links else "-"


def named_link(words: object, row: Model) -> SafeString:
    """As above, in other words."""
    return format_html('<a class="{}" href="{}">{}</a>', AS_A_LINK, page_of(row), words)
