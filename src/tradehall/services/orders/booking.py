"""The one place where an order becomes less."""

from collections.abc import Sequence

import msgspec

from tradehall.contracts.orders import SaleReduced
from tradehall.kernel.db import Tx
from tradehall.services.orders import queries
from tradehall.services.orders.model import Order, Parcel
from tradehall.services.orders.model.reducing import Reduction, SoldLine, emptied
from tradehall.services.orders.queries import reductions


async def reduce(
    tx: Tx, order: Order, parcels: Sequence[Parcel], lines: Sequence[SoldLine], reduction: Reduction, actor: str
) -> tuple[Order, list[Parcel]]:
    """Books and tells it; order and parcels afterwards."""
    await reductions.reduce(tx, order.id, reduction, actor)
    gone = {parcel.id: parcel for parcel in emptied(parcels, lines, reduction)}
    if gone:
        await queries.save_parcels(tx, list(gone.values()))
    tx.emit(
        SaleReduced(
            order_id=order.id,
            reduction_id=reduction.id,
            kind=reduction.kind,
            whole=reduction.whole,
            currency=order.currency,
            lines=reduction.lines,
            shipping=reduction.shipping,
            total=reduction.total,
            reason=reduction.reason,
        ),
        key=order.id,
    )
    less = msgspec.structs.replace(
        order, reduced=order.reduced + reduction.total, shipping_reduced=order.shipping_reduced + reduction.shipping
    )
    return less, [gone.get(parcel.id, parcel) for parcel in parcels]
