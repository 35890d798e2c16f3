"""Where clicks are kept: in PostgreSQL, or in a column store that has a URL."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from tradehall.contracts.analytics import Click, ClickKind
from tradehall.contracts.stores import Store
from tradehall.kernel.db import Tx
from tradehall.services.analytics.model import Span


class Taken(NamedTuple):
    store: Store
    clicks: Sequence[Click]


class Hour(NamedTuple):
    """Of the store's clock."""

    hour: datetime
    kind: ClickKind
    clicks: int


class Now(NamedTuple):
    """In the last five minutes. `visitors` are those who agreed to be known again."""

    views: int
    visitors: int


class Storage(Protocol):
    """Reads are of the transaction's store; `seller_id` narrows them to the products of one."""

    async def write(self, tx: Tx, taken: Sequence[Taken]) -> None:
        """Across stores, in the transaction that the answer to the browsers waits for."""

    async def hours(self, tx: Tx, span: Span, seller_id: UUID | None) -> list[Hour]: ...

    async def products(self, tx: Tx, span: Span, seller_id: UUID | None, limit: int) -> list[tuple[UUID, int]]:
        """Those looked at most."""

    async def empty_searches(self, tx: Tx, span: Span, limit: int) -> list[tuple[str, int]]:
        """What was searched for and not found, and how often."""

    async def visitors(self, tx: Tx, first: date, last: date, zone: str) -> int: ...

    async def now(self, tx: Tx, seller_id: UUID | None) -> Now: ...
