"""Routes of warehouses and of who works in them."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Address, ShortText
from tradehall.kernel.access import PEERS, WAREHOUSE
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.limits import check_limit
from tradehall.services.inventory.api.access import FLOOR, find_warehouse
from tradehall.services.inventory.changing import tell_warehouse
from tradehall.services.inventory.model import LastWarehouse, WarehouseInUse
from tradehall.services.inventory.queries import warehouses
from tradehall.services.inventory.queries.warehouses import Assigned, Person, Warehouse

CODE = r"^[a-z0-9][a-z0-9-]{0,40}$(?!\n)"
Code = Annotated[str, Meta(pattern=CODE)]
PathCode = Annotated[str, PathParameter(pattern=CODE)]  # Litestar passes over msgspec.Meta here


class WarehouseData(msgspec.Struct, frozen=True, kw_only=True):
    """Of open warehouses those of the smaller `priority` give first; of equal ones the nearest."""

    name: ShortText
    address: Address
    priority: Annotated[int, Meta(ge=0, le=1000)] = 0


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    user_ids: Annotated[list[UUID], Meta(max_length=200)]


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Assigned]


class People(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Person]


@get("/api/v1/warehouses", access=FLOOR)
async def list_warehouses(store: NamedDependency[Store], db: NamedDependency[Database]) -> list[Warehouse]:
    """The closed ones too."""
    async with db.transaction(store.id) as tx:
        return await warehouses.listed(tx)


@put("/api/v1/warehouses/{code:str}", access=WAREHOUSE)
async def save_warehouse(
    code: PathCode,
    data: JSONBody[WarehouseData],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
) -> Warehouse:
    """Makes it, open, or changes it; one that is closed stays closed."""
    async with db.transaction(store.id) as tx:
        if await warehouses.by_code(tx, code) is None:
            await check_limit(tx, store, "warehouses", warehouses.count)
        saved = await warehouses.save(tx, code, data.name, data.address, data.priority)
        tell_warehouse(tx, saved)
    return saved


@post("/api/v1/warehouses/{code:str}/deactivate", access=WAREHOUSE, status_code=HTTP_200_OK)
async def close_warehouse(code: PathCode, store: NamedDependency[Store], db: NamedDependency[Database]) -> Warehouse:
    """Nothing is sold from it any more, and nothing comes in. It must be empty, and not the last one open."""
    async with db.transaction(store.id) as tx:
        found = await find_warehouse(tx, code)
        everywhere = {warehouse.id: warehouse for warehouse in await warehouses.lock(tx)}
        if not everywhere[found.id].active:
            return found
        if sum(warehouse.active for warehouse in everywhere.values()) == 1:
            raise LastWarehouse("Open another one first.")
        if count := await warehouses.variants_in(tx, found.id):
            raise WarehouseInUse("Transfer or remove them first; what is held for orders must leave.", variants=count)
        return await _set_active(tx, found, False)


@post("/api/v1/warehouses/{code:str}/activate", access=WAREHOUSE, status_code=HTTP_200_OK)
async def open_warehouse(code: PathCode, store: NamedDependency[Store], db: NamedDependency[Database]) -> Warehouse:
    async with db.transaction(store.id) as tx:
        found = await find_warehouse(tx, code)
        await warehouses.lock(tx)
        return await _set_active(tx, found, True)


@get("/api/v1/warehouses/{code:str}/staff", access=WAREHOUSE)
async def list_staff(code: PathCode, store: NamedDependency[Store], db: NamedDependency[Database]) -> Staff:
    async with db.transaction(store.id) as tx:
        return Staff(items=await warehouses.staff(tx, (await find_warehouse(tx, code)).id))


@put("/api/v1/warehouses/{code:str}/staff", access=WAREHOUSE)
async def assign_staff(
    code: PathCode, data: JSONBody[Assignment], store: NamedDependency[Store], db: NamedDependency[Database]
) -> Staff:
    """These people work here, and nobody else. They have the role warehouse_staff."""
    async with db.transaction(store.id) as tx:
        warehouse = await find_warehouse(tx, code)
        known = {
            person.id for person in await warehouses.people(tx, data.user_ids) if "warehouse_staff" in person.roles
        }
        if wrong := [i for i, user_id in enumerate(data.user_ids) if user_id not in known]:
            errors = [FieldError(f"user_ids[{i}]", "must be warehouse staff of this store") for i in wrong]
            raise Invalid("Some of them cannot be assigned.", errors=errors)
        await warehouses.assign(tx, warehouse.id, data.user_ids)
        return Staff(items=await warehouses.staff(tx, warehouse.id))


@get("/internal/v1/inventory/usage", access=PEERS, include_in_schema=False)
async def usage(db: NamedDependency[Database], store_id: FromQuery[UUID]) -> int:
    """Warehouses: how much of its plan a store uses."""
    async with db.transaction(store_id) as tx:
        return await warehouses.count(tx)


@get("/api/v1/warehouse-staff", access=WAREHOUSE)
async def list_people(store: NamedDependency[Store], db: NamedDependency[Database]) -> People:
    """Who can be assigned to a warehouse."""
    async with db.transaction(store.id) as tx:
        return People(items=await warehouses.with_role(tx, "warehouse_staff"))


async def _set_active(tx: Tx, warehouse: Warehouse, active: bool) -> Warehouse:
    await warehouses.set_active(tx, warehouse.id, active)
    saved = msgspec.structs.replace(warehouse, active=active)
    tell_warehouse(tx, saved)
    return saved


routes = [
    usage,
    list_warehouses,
    save_warehouse,
    close_warehouse,
    open_warehouse,
    list_staff,
    assign_staff,
    list_people,
]
