"""Who carries a message: one port, a file for each way. What is told in the application needs none: its row is its delivery."""

from typing import Protocol
from uuid import UUID

import msgspec

from tradehall.services.notifications.rendering import Mail

AT_MOST = 60.0  # seconds that a try may take, whatever the other side does


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A message for one reader, one way. `id` is the delivery's and the same at each try. `sender` is who it is from in words."""

    id: UUID
    notification_id: UUID
    recipient: str
    sender: str
    mail: Mail


class Later(Exception):
    """It was not taken. `after`: seconds that the other side asked for. `uncertain`: it may have been taken all the same.

    The text is for the store's staff; it names no reader.
    """

    def __init__(self, why: str, *, after: float | None = None, uncertain: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.uncertain = uncertain


class Never(Exception):
    """It is not taken, however often it is tried."""


class Gone(Never):
    """There is nobody at the other end any more."""


class Channel(Protocol):
    async def send(self, parcel: Parcel, *, uncertain: bool) -> str:
        """What the other side calls it, or "". `uncertain`: a try before may have been taken. Raises Later, Never."""


def seconds(retry_after: str | None) -> float | None:
    """Of a Retry-After header; a date in it is passed over."""
    return float(retry_after) if retry_after and retry_after.isdecimal() and len(retry_after) < 8 else None
