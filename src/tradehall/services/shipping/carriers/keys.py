"""What a store's account at a carrier is opened with. `shown` of each may be seen by its admin."""

from typing import Annotated

import msgspec
from msgspec import Meta

Url = Annotated[str, Meta(max_length=300, pattern=r"^https?://[^\s?#]+$(?!\n)", description="a URL, without ? and #")]
ApiKey = Annotated[str, Meta(pattern=r"^[!-~]{8,200}$(?!\n)", description="8 to 200 characters without spaces")]
Secret = Annotated[str, Meta(pattern=r"^[!-~]{16,200}$(?!\n)", description="16 to 200 characters without spaces")]
Pace = Annotated[float, Meta(ge=0.1, le=86_400)]


class HttpKeys(msgspec.Struct, frozen=True, kw_only=True):
    url: Url
    api_key: ApiKey
    webhook_secret: Secret

    def shown(self) -> dict[str, str]:
        return {"url": self.url, "api_key": _end(self.api_key), "webhook_secret": _end(self.webhook_secret)}


class SimulatedKeys(msgspec.Struct, frozen=True, kw_only=True):
    """`pace`: seconds between two steps of a parcel."""

    pace: Pace

    def shown(self) -> dict[str, str]:
        return {"pace": f"{self.pace:g}"}


def _end(secret: str) -> str:
    return f"…{secret[-4:]}"
