"""What one sandbox is told when it starts."""

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Config:
    """`store` is its file, `address` where it answers, `webhook_url` where its events go ("": nowhere).

    `public_url` is the address under which buyers reach it, where that is another one (through a tunnel, say).
    `is_open`: it answers other machines too, as in a container.
    """

    store: str
    address: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    public_url: str = ""
    is_open: bool = False

    @property
    def pages(self) -> str:
        """What the addresses of hosted pages begin with."""
        return self.public_url or self.address

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).netloc.lower()
