"""What became low in stock is told by mail and in the application, gathered, to who looks after it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.harness import Alone, a_store, eventually
from tradehall.contracts.identity import SellerCreated, UserCreated
from tradehall.contracts.inventory import ProductLowStock
from tradehall.contracts.notifications import LowStockDigestDue
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7
from tradehall.services.notifications import subscribers

SERVICE = "notifications"


@pytest.fixture
async def shop(it: Alone) -> Store:
    """A store in which nothing was done yet."""
    store = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(store)
    return store


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribers, "GATHERED", timedelta(seconds=1.5))


async def someone(it: Alone, shop: Store, *roles: str) -> UserCreated:
    id = uuid7()
    event = UserCreated(user_id=id, email=f"{id.hex[-10:]}@example.com", name="Ada", roles=list(roles))
    await it.given(event, key=id, store=shop)
    return event


async def a_seller(it: Alone, shop: Store, *roles: str) -> tuple[UserCreated, UUID]:
    who, seller_id = await someone(it, shop, "seller", *roles), uuid7()
    event = SellerCreated(seller_id=seller_id, user_id=who.user_id, slug="s", name="S", description="")
    await it.given(event, key=seller_id, store=shop)
    return who, seller_id


def low(title: str, available: int = 3, seller_id: UUID | None = None, variant_id: UUID | None = None) -> Any:
    event = ProductLowStock(
        product_id=uuid7(),
        variant_id=variant_id or uuid7(),
        seller_id=seller_id or uuid7(),
        sku=f"SKU-{title}",
        title=title,
        available=available,
        threshold=10,
    )
    return event, event.variant_id


async def told(it: Alone, shop: Store, who: UserCreated) -> tuple[list[str], list[str]]:
    """The subjects of the mails they got, and the notes."""
    roles = {"store_admin"} | set(who.roles)
    client = it.client(*roles, user_id=who.user_id, store=shop)
    notes = (await client.get("/api/v1/me/notifications")).json()["items"]
    found = (await client.get("/api/v1/mailbox", params={"q": who.email})).json()["items"]
    return [mail["subject"] for mail in found], [note["text"] for note in notes]


async def until_told(it: Alone, shop: Store, who: UserCreated, times: int = 1) -> tuple[list[str], list[str]]:
    async def enough() -> Any:
        found = await told(it, shop, who)
        return found if len(found[0]) == len(found[1]) == times else None

    found: tuple[list[str], list[str]] = await eventually(enough)
    return found


async def test_what_falls_within_a_minute_is_told_together(it: Alone, shop: Store) -> None:
    admin, manager = await someone(it, shop, "store_admin"), await someone(it, shop, "warehouse_manager")
    others = [await someone(it, shop, *roles) for roles in (["shopper"], ["support"], ["warehouse_staff"])]
    await it.given_all([low(f"Lamp {n}") for n in range(3)], store=shop)
    event, key = low("Anvil", 1)
    await it.given(event, key=key, store=shop)
    for who in (admin, manager):
        subjects, notes = await until_told(it, shop, who)
        assert subjects == ["Low in stock: Anvil, 1 left, and 3 more"]
        assert notes == ["Low in stock: Anvil, 1 left, and 3 more."]
    for who in others:
        assert await told(it, shop, who) == ([], [])


async def test_a_mail_lists_what_is_low_and_leads_there(it: Alone, shop: Store) -> None:
    admin = await someone(it, shop, "store_admin")
    await it.given_all([low(f"Lamp <{n:03}>", n) for n in range(60)], store=shop)
    await until_told(it, shop, admin)
    listed = (await it.client("store_admin", store=shop).get("/api/v1/mailbox", params={"q": admin.email})).json()
    mail = (await it.client("store_admin", store=shop).get(f"/api/v1/mailbox/{listed['items'][0]['id']}")).json()
    assert "Lamp <007> (SKU-Lamp <007>)" in mail["text"]
    assert "Lamp &lt;007&gt;" in mail["html"]
    for body in (mail["text"], mail["html"]):
        assert "049" in body
        assert "050" not in body
        assert "10 more" in body
        assert "/admin/stock?low=true" in body
        assert "an order" not in body


async def test_a_seller_is_told_of_the_own_only_and_once(it: Alone, shop: Store) -> None:
    mine, my_id = await a_seller(it, shop)
    theirs, their_id = await a_seller(it, shop)
    both, both_id = await a_seller(it, shop, "store_admin")
    await it.given_all(
        [low("Anvil", 1, my_id), low("Bellows", 2, my_id), low("Clamp", 3, their_id), low("Drill", 4, both_id)],
        store=shop,
    )
    assert (await until_told(it, shop, mine))[0] == ["Low in stock: Anvil, 1 left, and 1 more"]
    assert (await until_told(it, shop, theirs))[0] == ["Low in stock: Clamp, 3 left"]
    assert (await until_told(it, shop, both))[0] == ["Low in stock: Anvil, 1 left, and 3 more"]


async def test_the_next_fall_is_told_anew_and_the_latest_quantity_counts(it: Alone, shop: Store) -> None:
    admin, id = await someone(it, shop, "store_admin"), uuid7()
    for available in (9, 4):
        event, key = low("Lamp", available, variant_id=id)
        await it.given(event, key=key, store=shop)
    assert (await until_told(it, shop, admin))[0] == ["Low in stock: Lamp, 4 left"]
    event, key = low("Lamp", 8, variant_id=id)
    await it.given(event, key=key, store=shop)
    assert (await until_told(it, shop, admin, 2))[0][0] == "Low in stock: Lamp, 8 left"


async def test_it_is_told_once_whatever_is_delivered_twice(it: Alone, shop: Store) -> None:
    admin = await someone(it, shop, "store_admin")
    event, key = low("Lamp")
    await it.given(event, key=key, store=shop)
    await it.redeliver(it.sent[-1:])
    await until_told(it, shop, admin)
    due = LowStockDigestDue()
    await it.given(due, key=str(shop.id), store=shop)
    assert len((await told(it, shop, admin))[0]) == 1


async def test_another_store_hears_nothing(it: Alone, shop: Store) -> None:
    elsewhere = a_store(f"s{uuid7().hex[-12:]}")
    it.running.stores.put(elsewhere)
    here, there = await someone(it, shop, "store_admin"), await someone(it, elsewhere, "store_admin")
    event, key = low("Lamp")
    await it.given(event, key=key, store=shop)
    await until_told(it, shop, here)
    assert await told(it, elsewhere, there) == ([], [])
