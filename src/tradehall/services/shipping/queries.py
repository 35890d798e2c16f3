"""SQL of the shipping service."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.orders import OrderConfirmed, OrderPlaced
from tradehall.contracts.shipping import Origin, Rate
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import uuid7
from tradehall.services.shipping.model import (
    BEFORE,
    NoSuchTransition,
    Shipment,
    ShipmentStatus,
    Step,
    link_hash,
    with_origins,
)


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    product_id: UUID
    price: int
    for_sale: bool


class Viewer(msgspec.Struct, frozen=True):
    customer_id: UUID | None
    link: bytes


async def rates(tx: Tx) -> list[Rate]:
    """As buyers are quoted them: with the warehouses as origins; the standard one where a store has set none."""
    rows = await tx.rows("SELECT rate FROM rates ORDER BY position")
    origins = await tx.all(Origin, "SELECT zip, country, priority FROM origins ORDER BY warehouse_id")
    return with_origins([msgspec.convert(row["rate"], Rate) for row in rows], origins)


async def lock_rates(tx: Tx) -> None:
    """One change of rates or origins at a time in a store: whoever is next tells of both."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended(current_store()::text, 0))")


async def has_rates(tx: Tx) -> bool:
    return await tx.scalar("SELECT EXISTS (SELECT FROM rates)")  # type: ignore[no-any-return]


async def replace_rates(tx: Tx, new: Sequence[Rate]) -> None:
    await tx.run("DELETE FROM rates")
    await tx.run(
        "INSERT INTO rates (code, position, rate) SELECT * FROM unnest($1::text[], $2::int[], $3::jsonb[])",
        *columns([(rate.code, i, msgspec.to_builtins(rate)) for i, rate in enumerate(new)]),
    )


async def save_origin(tx: Tx, warehouse_id: UUID, origin: Origin) -> None:
    await tx.run(
        "INSERT INTO origins (warehouse_id, zip, country, priority) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (store_id, warehouse_id) DO UPDATE "
        "SET zip = excluded.zip, country = excluded.country, priority = excluded.priority",
        warehouse_id,
        origin.zip,
        origin.country,
        origin.priority,
    )


async def end_origin(tx: Tx, warehouse_id: UUID) -> None:
    await tx.run("DELETE FROM origins WHERE warehouse_id = $1", warehouse_id)


async def variants(tx: Tx, variant_ids: Sequence[UUID]) -> dict[UUID, Variant]:
    found = await tx.all(
        Variant, "SELECT id, product_id, price, for_sale FROM variants WHERE id = ANY($1)", variant_ids
    )
    return {variant.id: variant for variant in found}


class Told(Variant, frozen=True, kw_only=True):
    """`told` is the mark of what the catalogue said of it."""

    told: int


async def end_variants(tx: Tx, ids: Sequence[UUID]) -> None:
    """They are not for sale any more."""
    if ids:
        await tx.run(
            "UPDATE variants SET for_sale = false, told = NULL WHERE id = ANY($1) AND (for_sale OR told IS NOT NULL)",
            ids,
        )


async def add_viewers(tx: Tx, events: Sequence[OrderPlaced]) -> None:
    await tx.run(
        "INSERT INTO viewers (store_id, order_id, customer_id, link) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[])",
        *columns([(tx.store_of(event), event.order_id, event.customer_id, link_hash(event.link)) for event in events]),
    )


async def viewer(tx: Tx, order_id: UUID) -> Viewer | None:
    rows = await tx.rows("SELECT customer_id, link FROM viewers WHERE order_id = $1", order_id)
    return Viewer(rows[0]["customer_id"], rows[0]["link"]) if rows else None


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
    """Sets a status and notes it; carrier and tracking number stay where none is given. Raises NoSuchTransition."""
    moved = await tx.run(
        "UPDATE shipments SET status = $2, carrier = coalesce($3, carrier), "
        "tracking_number = coalesce($4, tracking_number) WHERE id = $1 AND status = $5",
        shipment_id,
        to,
        carrier,
        tracking_number,
        BEFORE[to],
    )
    if not moved:
        raise NoSuchTransition(f"Shipment {shipment_id} is not {BEFORE[to]}; it cannot become {to}.")
    await _note(tx, [shipment_id], to, f"{carrier} {tracking_number}" if carrier else "")


async def cancel(tx: Tx, order_ids: Sequence[UUID]) -> None:
    """What has not been shipped yet of these orders."""
    rows = await tx.rows(
        "UPDATE shipments SET status = 'CANCELLED' WHERE order_id = ANY($1) AND status = $2 RETURNING id",
        order_ids,
        BEFORE["CANCELLED"],
    )
    await _note(tx, [row["id"] for row in rows], "CANCELLED", "")


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
        "SELECT id, order_id, seller_id, status, carrier, tracking_number, lines, created_at FROM shipments "
        "WHERE order_id = $1 ORDER BY id",
        order_id,
    )


async def history(tx: Tx, shipment_ids: Sequence[UUID]) -> dict[UUID, list[Step]]:
    rows = await tx.rows(
        "SELECT shipment_id, status, note, at FROM shipment_history WHERE shipment_id = ANY($1) ORDER BY at, id",
        shipment_ids,
    )
    found: dict[UUID, list[Step]] = {shipment_id: [] for shipment_id in shipment_ids}
    for row in rows:
        found[row["shipment_id"]].append(Step(status=row["status"], note=row["note"], at=row["at"]))
    return found
