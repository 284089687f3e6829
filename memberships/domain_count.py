"""How many domains a user has. The app that keeps domains registers how to count them; until then it is 0."""

from collections.abc import Callable

Counter = Callable[[int], int]
_counters: list[Counter] = []


def counts_domains(counter: Counter) -> Counter:
    """Register the function that is given a user's id and says how many domains are in use now."""
    _counters[:] = [counter]
    return counter


def domains_used(user_id: int) -> int:
    return _counters[0](user_id) if _counters else 0
