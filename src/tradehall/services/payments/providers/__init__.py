"""The provider port. A provider is asked outside any transaction, always under the payment's own id as its key."""

from typing import Literal, Protocol
from uuid import UUID

import msgspec

Outcome = Literal["succeeded", "declined", "pending", "absent"]


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """`key` makes a repeated charge the same charge. `amount` in minor units; `token` stands for the card."""

    key: UUID
    amount: int
    currency: str
    token: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`event_id` is unique per fact at the provider: the same fact told twice has the same one."""

    key: UUID
    event_id: str
    outcome: Outcome
    reference: str = ""


class ProviderTimeout(Exception):
    """No answer. The charge may have been made: only asking again tells."""


class Provider(Protocol):
    name: str

    async def charge(self, charge: Charge) -> Answer:
        """Raises ProviderTimeout."""

    async def find(self, key: UUID) -> Answer:
        """What became of a charge; `absent` where the provider never saw it."""

    async def refund(self, key: UUID, amount: int) -> Answer:
        """Gives `amount` back; once, however often it is called."""
