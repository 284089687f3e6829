"""How tests read the pages of a CSV import."""

import re

from django.urls import reverse


def words(answer):
    """The page's words, without its header."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def page_of(client, csv_import):
    return client.get(reverse("brands:csv_import", args=[csv_import.pk]))
