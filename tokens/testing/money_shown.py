"""What history, pages and tables show of a purchase's money."""

import re

NOTHING = {"amount": 0.0, "amount_cents": 0, "tokens": 0}


def money_in(row):
    return {name: row[name] for name in ("amount", "price", "refunded", "status")}


def history_of(client):
    return [money_in(row) for row in client.get("/api/tokens/history").json()["history"]]


def words_of(answer):
    """What is to be read on a page."""
    return words(answer.content.decode())


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace(" , ", ", ").split())


def cells_of(answer, label):
    """What is to be read in the cells under one heading."""
    found = re.findall(rf'<td data-label="{label}"[^>]*>(.*?)</td>', answer.content.decode(), re.DOTALL)
    return [words(cell) for cell in found]
