"""SQL of warehouses, and of who works in them."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from tradehall.contracts.places import Measure
from tradehall.contracts.values import Address
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7

_WAREHOUSE = "SELECT id, code, name, address, active, priority FROM warehouses "


class Warehouse(msgspec.Struct, frozen=True, kw_only=True):
    """Of those that are `active`, the smaller `priority` gives first; of equal ones the nearest."""

    id: UUID
    code: str
    name: str
    address: Address
    active: bool
    priority: int


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    roles: list[str]


class Assigned(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is None for an account that is not known any more."""

    user_id: UUID
    name: str | None


async def listed(tx: Tx) -> list[Warehouse]:
    return await tx.all(Warehouse, _WAREHOUSE + "ORDER BY code")


async def count(tx: Tx) -> int:
    """The closed ones too."""
    return await tx.scalar("SELECT count(*) FROM warehouses")  # type: ignore[no-any-return]


async def by_code(tx: Tx, code: str) -> Warehouse | None:
    return await tx.one(Warehouse, _WAREHOUSE + "WHERE code = $1", code)


async def share(tx: Tx, codes: Collection[str]) -> list[Warehouse]:
    """Until this transaction ends nobody closes them."""
    return await tx.all(Warehouse, _WAREHOUSE + "WHERE code = ANY($1) ORDER BY id FOR SHARE", list(codes))


async def share_open(tx: Tx) -> list[Warehouse]:
    """The open ones; until this transaction ends nobody closes them."""
    return await tx.all(Warehouse, _WAREHOUSE + "WHERE active ORDER BY id FOR SHARE")


async def lock(tx: Tx) -> list[Warehouse]:
    """All of the store, so that of two neither closes the last but one while the other closes the last."""
    return await tx.all(Warehouse, _WAREHOUSE + "ORDER BY id FOR NO KEY UPDATE")


async def save(tx: Tx, code: str, name: str, address: Address, priority: int) -> Warehouse:
    """Whether it is open stays as it was; a new one is."""
    saved = await tx.one(
        Warehouse,
        "INSERT INTO warehouses (id, code, name, address, priority) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (store_id, code) DO UPDATE "
        "SET name = excluded.name, address = excluded.address, priority = excluded.priority "
        "RETURNING id, code, name, address, active, priority",
        uuid7(),
        code,
        name,
        msgspec.to_builtins(address),
        priority,
    )
    assert saved is not None, "an upsert returns its row"
    return saved


async def set_active(tx: Tx, warehouse_id: UUID, active: bool) -> None:
    await tx.run("UPDATE warehouses SET active = $2 WHERE id = $1", warehouse_id, active)


async def variants_in(tx: Tx, warehouse_id: UUID) -> int:
    """How many variants stand there. What is held for orders stands there too."""
    count: int = await tx.scalar("SELECT count(*) FROM levels WHERE warehouse_id = $1 AND on_hand > 0", warehouse_id)
    return count


async def save_measure(tx: Tx, measure: Measure) -> None:
    await tx.run(
        "INSERT INTO measures (measure) VALUES ($1) ON CONFLICT (store_id) DO UPDATE SET measure = excluded.measure",
        measure,
    )


async def save_person(tx: Tx, person: Person) -> None:
    """A shopper is kept only if once more than that."""
    if person.roles == ["shopper"]:
        await tx.run("UPDATE people SET name = $2, roles = $3 WHERE id = $1", person.id, person.name, person.roles)
    else:
        await tx.upsert("people", [person])


async def people(tx: Tx, user_ids: Sequence[UUID]) -> list[Person]:
    return await tx.all(Person, "SELECT id, name, roles FROM people WHERE id = ANY($1)", user_ids)


async def with_role(tx: Tx, role: str) -> list[Person]:
    return await tx.all(Person, "SELECT id, name, roles FROM people WHERE $1 = ANY(roles) ORDER BY name, id", role)


async def assigned_to(tx: Tx, user_id: UUID) -> frozenset[UUID]:
    """The warehouses in which they work."""
    return frozenset(
        row["warehouse_id"] for row in await tx.rows("SELECT warehouse_id FROM assignments WHERE user_id = $1", user_id)
    )


async def staff(tx: Tx, warehouse_id: UUID) -> list[Assigned]:
    return await tx.all(
        Assigned,
        "SELECT a.user_id, p.name FROM assignments a LEFT JOIN people p ON p.id = a.user_id AND p.store_id = a.store_id "
        "WHERE a.warehouse_id = $1 ORDER BY p.name, a.user_id",
        warehouse_id,
    )


async def assign(tx: Tx, warehouse_id: UUID, user_ids: Sequence[UUID]) -> None:
    """These, and nobody else."""
    await tx.run("DELETE FROM assignments WHERE warehouse_id = $1", warehouse_id)
    await tx.run(
        "INSERT INTO assignments (user_id, warehouse_id) SELECT DISTINCT unnest($2::uuid[]), $1::uuid",
        warehouse_id,
        user_ids,
    )
