"""Charge a customer for a video by the minutes it took: hold, work, capture. `KEY` is the customer's API key."""

import os
import sys
import time

import requests

SHOP = os.environ.get("SHOP", "http://localhost:5001")
TOKENS_A_MINUTE = 12


def render(video: str, *, longest: int) -> int:
    """Render a video of at most `longest` minutes; the tokens it came to."""
    held = call("holds", key=video, action="render_video", tokens=TOKENS_A_MINUTE * longest)
    try:
        minutes = work(video)
    except Exception:
        call(f"holds/{held['id']}/release")
        raise
    return call(f"holds/{held['id']}/capture", tokens=TOKENS_A_MINUTE * minutes)["tokens"]


def call(path: str, *, key: str | None = None, **body: object) -> dict:
    """POST to the shop. `key` makes it safe to repeat: sent again, it gets the first answer and charges nothing."""
    headers = {"Authorization": f"Bearer {os.environ['KEY']}"} | ({"Idempotency-Key": key} if key else {})
    answer = requests.post(f"{SHOP}/api/tokens/{path}", json=body or None, headers=headers, timeout=30)
    if answer.status_code == 402:
        problem = answer.json()
        sys.exit(f"{problem['detail']} The smallest pack that helps: {problem['smallest_package']}.")
    answer.raise_for_status()
    return answer.json()


def work(video: str) -> int:
    """Your product: here it takes a second, and the video turns out three minutes long."""
    time.sleep(1)
    return 3


if __name__ == "__main__":
    print(f"{render(sys.argv[1], longest=10)} tokens spent")
