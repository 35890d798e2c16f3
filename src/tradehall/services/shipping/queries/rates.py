"""SQL of rates, zones, and what they are reckoned from."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.shipping import Rate, Zone
from tradehall.kernel.db import Tx, columns
from tradehall.services.shipping.model import Place
from tradehall.services.shipping.tariffs import resolved


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    product_id: UUID
    price: int
    weight_g: int
    for_sale: bool


async def rates(tx: Tx) -> list[Rate]:
    """As buyers are quoted them."""
    return resolved(await plain_rates(tx), await places(tx), await zones(tx))


async def plain_rates(tx: Tx) -> list[Rate]:
    """As they were set."""
    rows = await tx.rows("SELECT rate FROM rates ORDER BY position")
    return [msgspec.convert(row["rate"], Rate) for row in rows]


async def places(tx: Tx) -> list[Place]:
    return await tx.all(Place, "SELECT zip, country, priority, code, name, address FROM origins ORDER BY warehouse_id")


async def zones(tx: Tx) -> list[Zone]:
    rows = await tx.rows("SELECT zone FROM zones ORDER BY position")
    return [msgspec.convert(row["zone"], Zone) for row in rows]


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


async def replace_zones(tx: Tx, new: Sequence[Zone]) -> None:
    await tx.run("DELETE FROM zones")
    if new:
        await tx.run(
            "INSERT INTO zones (code, position, zone) SELECT * FROM unnest($1::text[], $2::int[], $3::jsonb[])",
            *columns([(zone.code, i, msgspec.to_builtins(zone)) for i, zone in enumerate(new)]),
        )


async def save_origin(tx: Tx, warehouse: WarehouseUpdated) -> None:
    await tx.run(
        "INSERT INTO origins (warehouse_id, zip, country, priority, code, name, address) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7) "
        "ON CONFLICT (store_id, warehouse_id) DO UPDATE SET zip = excluded.zip, country = excluded.country, "
        "priority = excluded.priority, code = excluded.code, name = excluded.name, address = excluded.address",
        warehouse.warehouse_id,
        warehouse.address.zip,
        warehouse.address.country,
        warehouse.priority,
        warehouse.code,
        warehouse.name,
        msgspec.to_builtins(warehouse.address),
    )


async def end_origin(tx: Tx, warehouse_id: UUID) -> None:
    await tx.run("DELETE FROM origins WHERE warehouse_id = $1", warehouse_id)


async def variants(tx: Tx, variant_ids: Sequence[UUID]) -> dict[UUID, Variant]:
    found = await tx.all(
        Variant, "SELECT id, product_id, price, weight_g, for_sale FROM variants WHERE id = ANY($1)", variant_ids
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
