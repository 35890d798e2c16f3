"""What a plan allows is what there can be, also of many at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.harness import Alone, a_store, alone
from tests.journeys.shop import ADDRESS
from tradehall.app import load
from tradehall.contracts.identity import SellerCreated, StaffInvited
from tradehall.contracts.inventory import WarehouseUpdated
from tradehall.contracts.shipping import ShippingRatesChanged
from tradehall.contracts.stores import Limits, Store, StoreOpened
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import unseal
from tradehall.kernel.settings import Settings

SEVEN = Limits(products=7, staff=7, warehouses=7)


async def opened(it: Alone, limits: Limits = SEVEN) -> Store:
    store = a_store(f"s{uuid4().hex[:10]}", plan="starter", limits=limits)
    it.running.stores.put(store)
    return store


@pytest.fixture(scope="module", params=["catalog", "identity", "inventory"])
async def it(
    request: pytest.FixtureRequest, servers: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Alone]:
    (service,) = load([request.param])
    async with alone(service, servers, Path(tmp_path_factory.mktemp("limits"))) as harness:
        yield harness


LIMIT = {"catalog": "products", "identity": "staff", "inventory": "warehouses"}


async def one_more(it: Alone, store: Store, seller: Any) -> httpx.Response:
    admin, unique = it.client("store_admin", store=store), uuid4().hex[:10]
    if it.service.name == "catalog":
        body = {"name": unique, "seller_id": str(seller), "variants": [{"sku": unique, "price": 100}]}
        return await admin.post("/api/v1/products", json=body)
    if it.service.name == "identity":
        wanted = {"email": f"{unique}@staff.example", "roles": ["support"]}
        return await admin.post("/api/v1/staff/invitations", json=wanted)
    return await admin.put(f"/api/v1/warehouses/{unique}", json={"name": unique, "address": ADDRESS})


async def with_seller(it: Alone, store: Store) -> Any:
    seller = uuid7()
    if it.service.name == "catalog":
        known = SellerCreated(seller_id=seller, user_id=uuid7(), slug="house", name="House", description="")
        await it.given(known, key=seller, store=store)
    return seller


async def test_the_last_that_the_plan_allows_goes_to_exactly_one(it: Alone) -> None:
    store = await opened(it)
    seller = await with_seller(it, store)
    answers = await asyncio.gather(*(one_more(it, store, seller) for _ in range(12)))
    assert sum(answer.is_success for answer in answers) == 7, [answer.text for answer in answers]
    for answer in answers:
        if not answer.is_success:
            assert (answer.status_code, answer.json()["type"]) == (409, "plan-limit")
            extra = {"limit": LIMIT[it.service.name], "allowed": 7, "plan": "starter"}
            assert answer.json()["extra"] == extra
    peers = {"authorization": f"Bearer {it.running.peers._token()}"}
    url = f"/internal/v1/{it.service.name}/usage?store_id={store.id}"
    assert (await it.client().get(url, headers=peers)).json() == 7
    assert (await it.client("store_admin").get(url)).status_code in (401, 403)


async def test_another_stores_do_not_count_and_no_limit_is_none(it: Alone) -> None:
    store, free = await opened(it, Limits(products=1, staff=1, warehouses=1)), await opened(it, Limits())
    for of, statuses in ((store, [True, False]), (free, [True] * 9)):
        seller = await with_seller(it, of)
        assert [(await one_more(it, of, seller)).is_success for _ in statuses] == statuses


async def test_what_is_there_can_still_be_changed_at_the_limit(it: Alone) -> None:
    store = await opened(it, Limits(products=1, staff=1, warehouses=1))
    seller, admin = await with_seller(it, store), it.client("store_admin", store=store)
    made = (await one_more(it, store, seller)).json()
    if it.service.name == "catalog":
        answer = await admin.patch(f"/api/v1/products/{made['id']}", json={"name": "Renamed"})
        assert answer.is_success, answer.text
        assert (await admin.delete(f"/api/v1/products/{made['id']}")).is_success
        assert (await one_more(it, store, seller)).is_success
    elif it.service.name == "identity":
        again = {"email": made["email"], "roles": ["store_admin"]}
        assert (await admin.post("/api/v1/staff/invitations", json=again)).is_success
    else:
        body = {"name": "Renamed", "address": ADDRESS}
        assert (await admin.put(f"/api/v1/warehouses/{made['code']}", json=body)).is_success


# --- what a new store gets


@pytest.mark.parametrize("it", ["identity"], indirect=True)
async def test_a_new_stores_admin_is_invited_by_a_link_and_never_has_a_password(it: Alone) -> None:
    store = await opened(it)
    await it.given(StoreOpened(store=store, admin_email="ada@new.example"), key=store.id, store=store)
    (invited,) = await it.published(StaffInvited, store=store)
    assert (invited.email, invited.roles) == ("ada@new.example", ["store_admin"])
    token = unseal(it.running.settings.secret, invited.token, about=str(invited.invitation_id))
    guest = it.client(store=store)
    assert (await guest.post("/api/v1/auth/invitation", json={"token": token})).json()["has_account"] is False
    joining = {"token": token, "password": "correct horse battery", "name": "Ada"}
    assert (await guest.post("/api/v1/auth/invitation/accept", json=joining)).status_code == 200


@pytest.mark.parametrize("it", ["inventory"], indirect=True)
async def test_a_new_store_has_one_warehouse_unless_its_admin_was_quicker(it: Alone) -> None:
    store, quick = await opened(it), await opened(it)
    admin = it.client("store_admin", store=quick)
    await admin.put("/api/v1/warehouses/main", json={"name": "Mine", "address": ADDRESS})
    for one in (store, quick):
        await it.given(StoreOpened(store=one, admin_email="ada@new.example"), key=one.id, store=one)
    (made,) = await it.published(WarehouseUpdated, store=store)
    assert made.code == "main"
    assert [w["name"] for w in (await admin.get("/api/v1/warehouses")).json()] == ["Mine"]


async def test_a_new_store_has_one_shipping_rate(servers: Settings, tmp_path: Path) -> None:
    (service,) = load(["shipping"])
    async with alone(service, servers, tmp_path) as it:
        store = await opened(it)
        await it.given(StoreOpened(store=store, admin_email="ada@new.example"), key=store.id, store=store)
        (told,) = await it.published(ShippingRatesChanged, store=store)
        assert [rate.code for rate in told.rates] == ["standard"]
        assert [row["code"] for row in await it.sql("SELECT code FROM rates", store=store)] == ["standard"]
