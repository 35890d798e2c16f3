"""SQL of shipments and their histories."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderConfirmed, OrderPlaced
from tradehall.contracts.shipping import PickupPoint, ShipmentStatus
from tradehall.contracts.values import Address, Line
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.shipping.model import BEFORE, RANK, News, NoSuchTransition, Shipment, Step, link_hash

_SHIPMENT = "s.id, s.order_id, s.seller_id, s.status, s.status_at, s.carrier, s.tracking_number, s.lines, s.created_at"


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who may look at an order's parcels; `number` is missing where it was placed before it was kept."""

    customer_id: UUID | None
    link: bytes
    number: str | None
    pickup: PickupPoint | None


async def add_viewers(tx: Tx, events: Sequence[OrderPlaced]) -> None:
    await tx.run(
        "INSERT INTO viewers (store_id, order_id, customer_id, link, number, pickup) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::jsonb[])",
        *columns(
            [
                (
                    tx.store_of(event),
                    event.order_id,
                    event.customer_id,
                    link_hash(event.link),
                    event.number,
                    msgspec.to_builtins(event.pickup),
                )
                for event in events
            ]
        ),
    )


async def viewer(tx: Tx, order_id: UUID) -> Viewer | None:
    row = await tx.rows("SELECT customer_id, link, number, pickup FROM viewers WHERE order_id = $1", order_id)
    return msgspec.convert(dict(row[0]), Viewer) if row else None


async def add_shipments(tx: Tx, events: Sequence[OrderConfirmed]) -> None:
    await tx.run(
        "WITH t AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::jsonb[], $7::uuid[]) "
        "AS t(store_id, id, order_id, seller_id, lines, address, step_id)), "
        "added AS (INSERT INTO shipments (store_id, id, order_id, seller_id, lines, address) "
        "SELECT store_id, id, order_id, seller_id, lines::jsonb, address FROM t) "
        "INSERT INTO shipment_history (store_id, shipment_id, id, status, note) "
        "SELECT store_id, id, step_id, 'PREPARING', '' FROM t",
        *columns(
            [
                # asyncpg takes a list within a list for a second dimension, hence the lines as text
                (
                    tx.store_of(event),
                    parcel.shipment_id,
                    event.order_id,
                    parcel.seller_id,
                    _text(parcel.lines),
                    msgspec.to_builtins(event.address),
                    uuid7(),
                )
                for event in events
                for parcel in event.parcels
            ]
        ),
    )


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def move(
    tx: Tx,
    shipment_id: UUID,
    to: ShipmentStatus,
    *,
    carrier: str | None = None,
    tracking_number: str | None = None,
) -> None:
    """Sets a status by hand and notes it; carrier and tracking number stay where none is given.

    What orders did because the carrier had told us is the same here already. Raises NoSuchTransition.
    """
    moved = await tx.run(
        "UPDATE shipments SET status = $2, status_at = clock_timestamp(), carrier = coalesce($3, carrier), "
        "tracking_number = coalesce($4, tracking_number) WHERE id = $1 AND status = ANY($5)",
        shipment_id,
        to,
        carrier,
        tracking_number,
        list(BEFORE[to]),
    )
    if moved:
        await _note(tx, [shipment_id], to, f"{carrier} {tracking_number}" if carrier else "")
    elif not await tx.scalar(
        "SELECT true FROM shipments s JOIN bookings b ON b.shipment_id = s.id AND b.heard_at IS NOT NULL "
        "WHERE s.id = $1 AND s.status = ANY($2)",
        shipment_id,
        [status for status, rank in RANK.items() if rank >= RANK[to]],
    ):
        raise NoSuchTransition(
            f"Shipment {shipment_id} is not {' or '.join(sorted(BEFORE[to]))}; it cannot become {to}."
        )


async def cancel(tx: Tx, order_ids: Sequence[UUID]) -> None:
    """What has not been shipped yet of these orders."""
    rows = await tx.rows(
        "UPDATE shipments SET status = 'CANCELLED', status_at = clock_timestamp() "
        "WHERE order_id = ANY($1) AND status = ANY($2) RETURNING id",
        order_ids,
        list(BEFORE["CANCELLED"]),
    )
    await _note(tx, [row["id"] for row in rows], "CANCELLED", "")


async def save_lines(tx: Tx, shipment_id: UUID, lines: Sequence[Line]) -> None:
    """Of one that is being prepared. Where nothing is left, it is cancelled."""
    status: ShipmentStatus = "PREPARING" if lines else "CANCELLED"
    await tx.run(
        "UPDATE shipments SET lines = $2, status = $3 WHERE id = $1", shipment_id, msgspec.to_builtins(lines), status
    )
    if not lines:
        await _note(tx, [shipment_id], status, "")


async def lock(tx: Tx, shipment_id: UUID) -> Shipment | None:
    return await tx.one(Shipment, f"SELECT {_SHIPMENT} FROM shipments s WHERE s.id = $1 FOR UPDATE", shipment_id)


async def address_of(tx: Tx, shipment_id: UUID) -> Address:
    return msgspec.convert(await tx.scalar("SELECT address FROM shipments WHERE id = $1", shipment_id), Address)


async def save(tx: Tx, shipment: Shipment) -> None:
    await tx.run(
        "UPDATE shipments SET status = $2, status_at = $3, carrier = $4, tracking_number = $5 WHERE id = $1",
        shipment.id,
        shipment.status,
        shipment.status_at,
        shipment.carrier,
        shipment.tracking_number,
    )


async def note_news(tx: Tx, shipment_id: UUID, news: News) -> None:
    await tx.run(
        "INSERT INTO shipment_history (shipment_id, id, status, note, place, at) VALUES ($1, $2, $3, $4, $5, $6)",
        shipment_id,
        uuid7(),
        news.status,
        news.note,
        news.place,
        news.at,
    )


async def _note(tx: Tx, shipment_ids: Sequence[UUID], status: ShipmentStatus, note: str) -> None:
    if shipment_ids:
        await tx.run(
            "INSERT INTO shipment_history (shipment_id, id, status, note) "
            "SELECT shipment_id, id, $3, $4 FROM unnest($1::uuid[], $2::uuid[]) AS t(shipment_id, id)",
            shipment_ids,
            [uuid7() for _ in shipment_ids],
            status,
            note,
        )


async def of_order(tx: Tx, order_id: UUID) -> list[Shipment]:
    return await tx.all(
        Shipment,
        f"SELECT {_SHIPMENT} FROM shipments s WHERE s.order_id = $1 ORDER BY s.id",
        order_id,
    )


async def history(tx: Tx, shipment_ids: Sequence[UUID]) -> dict[UUID, list[Step]]:
    rows = await tx.rows(
        "SELECT shipment_id, status, note, place, at FROM shipment_history WHERE shipment_id = ANY($1) ORDER BY at, id",
        shipment_ids,
    )
    found: dict[UUID, list[Step]] = {shipment_id: [] for shipment_id in shipment_ids}
    for row in rows:
        step = Step(status=row["status"], note=row["note"], place=row["place"], at=row["at"])
        found[row["shipment_id"]].append(step)
    return found
