"""What carriers tell by themselves: signed, late, twice, in any order."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import PathParameter

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import Invalid, NotFound, Unauthorized
from tradehall.kernel.runtime import Running
from tradehall.services.shipping import moving
from tradehall.services.shipping.accounts import carrier_of
from tradehall.services.shipping.carriers import CarrierRefused, WrongSignature
from tradehall.services.shipping.model import Account, Booking, News
from tradehall.services.shipping.queries import bookings

MOST_BYTES = 200_000


@post("/api/v1/shipping/webhooks/{account:str}", access=ANYONE, status_code=204, request_max_body_size=MOST_BYTES)
async def carrier_webhook(
    account: Annotated[str, PathParameter(max_length=41)],
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Signed with the account's secret, five minutes ago at most. Each event counts once; of a parcel that is not ours
    nothing is kept."""
    async with db.transaction(store.id) as tx:
        known = await bookings.account(tx, account)
    if known is None:
        raise NotFound("There is no such account.")
    try:
        carrier = await carrier_of(db, running, store.id, account)
        told = carrier.hear(request.headers, await request.body())
    except (WrongSignature, CarrierRefused):
        raise Unauthorized("The signature does not fit, or is too old.") from None
    except ValueError as error:
        raise Invalid.field("body", str(error)) from None
    async with db.transaction(store.id) as tx:
        for booking, news in await _by_booking(tx, known, told):
            await moving.hear(tx, booking, known.name, news)


async def _by_booking(tx: Tx, account: Account, told: list[News]) -> list[tuple[Booking, list[News]]]:
    """Known by our reference, which is there before the carrier's answer is, else by their number. In one order, so that
    two webhooks cannot wait for each other."""
    found: dict[UUID, list[News]] = {}
    for news in told:
        if (booking_id := await _about(tx, account, news)) is not None:
            found.setdefault(booking_id, []).append(news)
    bookings_of = [(await bookings.find(tx, booking_id), news) for booking_id, news in sorted(found.items())]
    return [(booking, news) for booking, news in bookings_of if booking is not None and booking.account == account.code]


async def _about(tx: Tx, account: Account, news: News) -> UUID | None:
    try:
        return UUID(news.reference)
    except ValueError:
        return await bookings.by_number(tx, account.code, news.tracking_number) if news.tracking_number else None


routes = [carrier_webhook]
