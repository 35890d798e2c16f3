"""Whether a provider's books and ours agree, payment by payment."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from tradehall.contracts.stores import METHODS_AT
from tradehall.kernel.db import Database
from tradehall.services.payments import queries
from tradehall.services.payments.model import BACK_BY_HAND, Payment, Standing
from tradehall.services.payments.providers import AccountProvider
from tradehall.services.payments.queries import Booked

AT_ONCE = 8  # questions to a provider that has no list
AROUND = timedelta(days=2)  # a payment may be made at the provider later than here, or be told of late


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in minor units; `what` says it in words. `payment_id` only: we have never heard of it."""

    payment_id: UUID
    order_id: UUID | None
    reference: str
    captured: int
    captured_there: int
    refunded: int
    refunded_there: int
    what: str


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the payments of the time that was asked for."""

    payments: int
    captured: int
    captured_there: int
    refunded: int
    refunded_there: int
    differences: list[Difference]


async def reconcile(db: Database, store_id: UUID, provider: AccountProvider, since: datetime, until: datetime) -> Books:
    """What a provider without a list knows and we do not stays unseen. Raises ProviderTimeout, ProviderRefused."""
    theirs = {one.key: one async for one in provider.listed(since - AROUND, until + AROUND)}
    async with db.transaction(store_id) as tx:
        ours = {one.id: one for one in await queries.made_between(tx, METHODS_AT[provider.name], since, until)}
        others = {one.id for one in await queries.find(tx, [key for key in theirs if key not in ours])}
    if not provider.lists:
        theirs = await _asked(provider, ours.values())
    rows = [(one, theirs.get(one.id)) for one in ours.values()]
    shown = datetime.now(UTC) - provider.behind
    differences = [found for one, there in rows if (found := _difference(one, there, shown)) is not None]
    differences += [_unknown(there) for key, there in theirs.items() if key not in ours and key not in others]
    return Books(
        payments=len(ours),
        captured=sum(one.captured for one in ours.values()),
        captured_there=sum(_taken(there) for _, there in rows),
        refunded=sum(one.refunded for one in ours.values()),
        refunded_there=sum(there.refunded for _, there in rows if there),
        differences=differences,
    )


async def _asked(provider: AccountProvider, payments: Iterable[Payment]) -> dict[UUID, Standing]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(payment: Payment) -> Standing:
        async with free:
            return await provider.find(payment.id, payment.reference or "")

    return {found.key: found for found in await asyncio.gather(*(one(payment) for payment in payments))}


def _taken(standing: Standing | None) -> int:
    return standing.amount if standing is not None and standing.state == "captured" else 0


def _difference(payment: Booked, there: Standing | None, shown: datetime) -> Difference | None:
    """What has moved since `shown` may not be in their books yet."""
    captured, refunded = _taken(there), there.refunded if there else 0
    if payment.method in BACK_BY_HAND:
        refunded = payment.refunded
    if (payment.captured, payment.refunded) == (captured, refunded):
        return None
    if there is not None and there.state == "voided" and payment.captured == payment.refunded:
        return None  # let go before it was settled: nothing taken there, and all given back here
    if payment.moved_at and payment.moved_at > shown and captured <= payment.captured and refunded <= payment.refunded:
        return None
    if captured != payment.captured:
        what = (
            "taken there, not here"
            if not payment.captured
            else "taken here, not there"
            if not captured
            else "another amount"
        )
    else:
        what = "given back there, not here" if refunded > payment.refunded else "given back here, not there"
    return Difference(
        payment_id=payment.id,
        order_id=payment.order_id,
        reference=payment.named_there,
        captured=payment.captured,
        captured_there=captured,
        refunded=payment.refunded,
        refunded_there=refunded,
        what=what,
    )


def _unknown(there: Standing) -> Difference:
    return Difference(
        payment_id=there.key,
        order_id=None,
        reference=there.reference,
        captured=0,
        captured_there=_taken(there),
        refunded=0,
        refunded_there=there.refunded,
        what="unknown here",
    )
