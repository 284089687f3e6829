"""An API as it is on a bad day: what is planted here meets the next requests to a path, so many times.

The sandbox's own verbs are never met, so that every fault can be taken back.
"""

import time
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase

from stripe_sandbox.errors import LostAnswer, StripeError
from stripe_sandbox.objects import Body
from stripe_sandbox.store import Database, Store


@dataclass(frozen=True)
class ApiFault:
    """`call` is a pattern of method and path, such as `POST /v1/refunds*`; `times` is how many calls it still meets.

    `status` is answered and nothing done; `delay` seconds pass first; `lost`: the work is done, the answer never comes.
    """

    call: str
    times: int = 1
    status: int | None = None
    delay: float = 0
    lost: bool = False

    def meets(self, method: str, path: str) -> bool:
        return path.startswith("/v1/") and fnmatchcase(f"{method} {path}", self.call)


def planted(db: Database) -> list[ApiFault]:
    """The faults that wait for calls, in the order they were planted."""
    return [ApiFault(**one) for one in db.setting("api_faults", [])]


def plant(db: Database, fault: ApiFault) -> list[ApiFault]:
    """Behind those that are there; the first that meets a request is the one that does."""
    return _keep(db, [*planted(db), fault])


def clear(db: Database) -> list[ApiFault]:
    """Remove every fault; returns []."""
    return _keep(db, [])


def body_of(faults: list[ApiFault]) -> Body:
    """Faults as a list object of the API."""
    return {"object": "list", "data": [asdict(fault) for fault in faults]}


def next_one(store: Store, method: str, path: str) -> ApiFault | None:
    """The fault that this request meets, which it uses up by one."""
    with store.reading() as db:
        if not any(fault.meets(method, path) for fault in planted(db)):
            return None
    with store.writing() as db:
        faults = planted(db)
        met = next((fault for fault in faults if fault.meets(method, path)), None)
        if met:
            left = [replace(met, times=met.times - 1)] if met.times > 1 else []
            place = faults.index(met)
            _keep(db, [*faults[:place], *left, *faults[place + 1 :]])
    return met


def before(fault: ApiFault | None) -> None:
    """Fail as the fault says, before the call has done anything. Raises StripeError."""
    if fault is None:
        return
    time.sleep(fault.delay)
    if fault.status:
        kind = "api_error" if fault.status >= 500 else "invalid_request_error"
        code = "rate_limit" if fault.status == 429 else None
        sentence = "This answer was planted in the local Stripe sandbox."
        raise StripeError(sentence, status=fault.status, type=kind, code=code)


def after(fault: ApiFault | None) -> None:
    """Lose the answer of a call that is done, if the fault says so. Raises LostAnswer."""
    if fault and fault.lost:
        raise LostAnswer


def _keep(db: Database, faults: list[ApiFault]) -> list[ApiFault]:
    db.set("api_faults", [asdict(fault) for fault in faults])
    return faults
