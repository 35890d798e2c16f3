"""A provider's server on loopback, as a test drives it: what its buyers, banks and staff do, what it tells, what it took and
gave back, and how its connection fails. Each provider has one that speaks as much of its protocol as we use, and keeps books
of its own; the suite in tests/services/payments runs over all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol
from uuid import UUID

from tradehall.contracts.orders import PaymentChoice

# How an order is paid there. `token`: a card is charged at once; `declined`: one that is refused; `unknown`: a token that the
# provider has never heard of; `challenge`: the buyer has to go to their bank first; `slow`: the bank takes its time; `page`:
# the buyer pays on the provider's page, or by what is shown to them.
Way = Literal["token", "declined", "unknown", "challenge", "slow", "page"]
Told = Literal["paid", "declined", "voided", "refunded"]
Ending = Literal["done", "pending", "failed"]


class ProviderServer(Protocol):
    """`faults` are (method and path, "before" or "after" it is done): the next request that fits gets no answer, once."""

    name: ClassVar[str]
    currency: ClassVar[str]
    ways: ClassVar[Mapping[Way, PaymentChoice]]
    steps: ClassVar[Mapping[Way, Sequence[str]]]  # the requests in which a charge is made, by way
    refunding: ClassVar[str]  # the request that gives back; "" where it gives nothing back by itself
    fresh: ClassVar[int]  # for how many seconds a signature holds; 0: it does not say when it was made
    takes_by_itself: ClassVar[bool]  # the buyer's payment takes the money; else we do, when we hear of it
    authorises: ClassVar[bool]  # whether money can be held first, and taken later
    adapter: ClassVar[type[Any]]  # the class that speaks to it
    account: ClassVar[Mapping[str, str]]  # the keys of a store's account
    unknown_keys: ClassVar[Mapping[str, str]]  # of the right shape, and refused there
    bad_keys: ClassVar[Sequence[Mapping[str, str]]]  # of the wrong shape
    shown: ClassVar[Mapping[str, str]]  # what an admin sees of the keys
    secrets: ClassVar[Sequence[str]]  # what must be found nowhere
    environ: Mapping[str, str]  # of the process that asks it
    faults: list[tuple[str, str]]
    extra: int  # what it takes more than it was asked for, in minor units
    refunds_end: Ending  # how those that are asked for from now on go

    @property
    def url(self) -> str: ...

    def close(self) -> None: ...

    # What buyers, banks and staff do.

    def pay(self, payment_id: UUID) -> bool:
        """The buyer pays; False where it is closed."""

    def authenticate(self, payment_id: UUID, *, passed: bool) -> None:
        """The buyer comes back from their bank; only with the way `challenge`."""

    def answer_of_the_bank(self, payment_id: UUID) -> None:
        """Yes, at last; only with the way `slow`."""

    def give_back(self, payment_id: UUID, amount: int) -> None:
        """By hand, in the provider's own back office."""

    def end_refunds(self, payment_id: UUID) -> None:
        """Those that were pending are done."""

    def a_stranger(self, payment_id: UUID) -> None:
        """A payment in our name that we have never heard of."""

    # What it tells.

    def told(self, payment_id: UUID, kind: Told, id: str = "") -> bytes:
        """A webhook's body; `id` is that of the event."""

    def signed(self, body: bytes, *, wrong: bool = False, ago: int = 0) -> dict[str, str]:
        """The headers that go with it. `wrong`: by somebody else; `ago`: that many seconds."""

    def spoilt(self, body: bytes) -> bytes:
        """A webhook's body as somebody else would sign it, where the signature is in the body."""

    def forged(self) -> Sequence[Mapping[str, str]]:
        """Headers of which none must be taken."""

    # What it knows.

    def taken(self, payment_id: UUID) -> int:
        """In all, whatever was taken how often, in minor units."""

    def given_back(self, payment_id: UUID) -> int: ...

    def closed(self, payment_id: UUID) -> bool:
        """Nothing can be taken any more."""

    def asked_about(self, payment_id: UUID) -> int:
        """How often it was asked how the payment stands."""

    def leads_back_to(self, payment_id: UUID) -> str:
        """Where the buyer comes back to."""
