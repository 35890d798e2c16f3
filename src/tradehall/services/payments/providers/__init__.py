"""The provider port. A provider is asked outside any transaction, always under the payment's own id as its key."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from tradehall.services.payments.model import Buyer, Refund, Standing


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """`key` makes a repeated charge the same charge; `method` is one of those that the provider stands behind. `amount` in
    minor units; `token` stands for the card, without one the buyer pays on the provider's page and comes back to
    `return_url`, in so many `instalments`. Not `capture`: only authorised. `keep`: what they pay with is kept for what will be
    due later, where the provider can; `token` is then what it told as `saved`."""

    key: UUID
    method: str = ""
    amount: int
    currency: str
    token: str
    capture: bool = True
    instalments: int = 1
    return_url: str = ""
    until: datetime | None = None
    label: str = ""
    buyer: Buyer | None = None
    keep: bool = False


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """Of a refund. `note` says why it failed."""

    state: Literal["done", "pending", "failed"]
    reference: str = ""
    note: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a webhook is about. Its content is not believed: the provider is asked how the payment stands."""

    event_id: str
    kind: str
    key: UUID | None
    reference: str


class WrongSignature(Exception):
    """Or one that is too old."""


class ProviderTimeout(Exception):
    """No answer. What was asked for may have been done: only asking again tells."""


class ProviderRefused(Exception):
    """It was not done, for a reason that lies with the account or with what was asked."""


class Provider(Protocol):
    """All may raise ProviderTimeout and ProviderRefused. `reference` is the provider's own name of a payment."""

    name: str
    prepares: bool  # whether there is a step before the charge, in which no money moves

    async def prepare(self, charge: Charge) -> str:
        """The reference. It is recorded before the charge is made, so that a charge can always be found again."""

    async def charge(self, charge: Charge, reference: str) -> Standing:
        """Once, however often it is called."""

    async def find(self, key: UUID, reference: str) -> Standing:
        """`absent` where the provider was never asked to take the money."""

    async def complete(self, key: UUID, reference: str) -> Standing:
        """Takes, or holds, what the buyer has agreed to: asked for where a payment is `approved`."""

    async def capture(self, key: UUID, reference: str, amount: int) -> Standing:
        """Takes what was authorised, or so much of it, and lets go the rest; it is asked once."""

    async def void(self, key: UUID, reference: str) -> Standing:
        """Lets go what was authorised, or closes what waits for the buyer; how it stands after that."""

    async def refund(self, key: UUID, reference: str, refund: Refund) -> Returned:
        """Gives back once, however often it is called."""


class AccountProvider(Provider, Protocol):
    """One that the store has an account at: it tells by webhooks, and its books can be read."""

    lists: bool  # whether it has a list of all that was made there; else it is asked about each payment of ours
    behind: timedelta  # how long it may take until what has moved is in the books that it shows

    async def hear(self, headers: Mapping[str, str], body: bytes) -> Heard:
        """Of a webhook. `headers` in lower case. Raises WrongSignature, also for one that was signed too long ago, and
        ProviderTimeout, ProviderRefused where the provider has to be asked for it."""

    def listed(self, since: datetime, until: datetime) -> AsyncIterator[Standing]:
        """What was made there in that time on our behalf; nothing, of one without a list that knows the keys. Raises
        ProviderTimeout, ProviderRefused."""
