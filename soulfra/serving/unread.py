"""What a client goes on sending after it was refused. It is read for a while and thrown away: a connection that is
closed with bytes unread is reset, and the answer is lost with it. Many clients listen only when they have sent all.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO

from django.conf import settings

SECONDS = 5
# In the environment of a request whose server does this itself.
BY_SERVER = "soulfra.reads_on"
_PIECE = 64 * 1024
# Granian gives a body that is waited for without end, so few threads of a process may wait at once; whoever sends more
# than is taken while they do may lose the answer.
_room = threading.BoundedSemaphore(settings.WEB_THREADS // 4)


def read_on(read: Callable[[int], bytes], left: float = math.inf) -> bool:
    """Whether that many bytes came, or everything until the client ended, while there was time."""
    ends = time.monotonic() + SECONDS
    while left > 0:
        if time.monotonic() > ends:
            return False
        if not (piece := read(int(min(left, _PIECE)))):
            return left == math.inf
        left -= len(piece)
    return True


def read_if_there_is_room(body: BinaryIO) -> None:
    """Read and discard the rest of a request's body, unless as many threads as allowed do so already."""
    if not _room.acquire(blocking=False):
        return
    try:
        with suppress(OSError):
            read_on(body.read)
    finally:
        _room.release()
