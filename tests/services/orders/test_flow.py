"""Orders, inventory and payments together, by their events: stock, orders and money agree whatever happens."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.harness import Alone, eventually, together
from tests.makers import a_product
from tests.services.inventory.stocking import a_warehouse, backorder, change, drift, first
from tests.services.orders.buying import body, placed, post
from tests.services.payments.paying import PNG, differences
from tradehall.app import load
from tradehall.contracts.catalog import ProductCreated
from tradehall.kernel.settings import Settings
from tradehall.services.payments import tasks
from tradehall.services.payments.providers import simulated

TABLES = {
    "orders": ["orders", "parcels", "order_lines", "order_history"],
    "inventory": ["levels", "movements", "holds"],
    "payments": ["payments", "provider_events"],
}


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["orders", "inventory", "payments", "stores"])
    async with together(services, servers, tmp_path_factory.mktemp("together")) as harness:
        yield harness


async def stocked(it: Alone, quantity: int, price: int = 1999) -> ProductCreated:
    """A product that orders and inventory know, with so many in stock."""
    await a_warehouse(it)
    product = a_product(price)
    await it.given(product, key=product.product_id)

    async def received() -> bool:
        answer = await change(it.client("store_admin"), "receive", first(product), quantity)
        return answer.status_code == 201

    await eventually(received)
    return product


async def level(it: Alone, product: ProductCreated) -> tuple[int, int]:
    sql = "SELECT on_hand, reserved FROM levels WHERE variant_id = $1"
    (row,) = await it.sql(sql, first(product), service="inventory")
    return row["on_hand"], row["reserved"]


async def statuses(it: Alone, ids: list[str]) -> Counter[str]:
    rows = await it.sql("SELECT status FROM orders WHERE id = ANY($1)", [UUID(id) for id in ids])
    return Counter(row["status"] for row in rows)


async def settled(it: Alone, ids: list[str], timeout: float = 30) -> Counter[str]:
    """Waits until none of the orders is pending and nothing is on its way."""

    async def none_pending() -> bool:
        return (await statuses(it, ids))["PENDING"] == 0

    await eventually(none_pending, timeout)
    await it.idle()
    return await statuses(it, ids)


async def all_is_well(it: Alone) -> None:
    """Books, money and stock agree; nothing was given up."""
    assert await it.dead_letters() == []
    assert await drift(it) == []
    assert await differences(it) == []
    orders = {row["id"]: row["status"] for row in await it.sql("SELECT id, status FROM orders")}
    for row in await it.sql("SELECT order_id, status FROM payments", service="payments"):
        allowed = {
            "paid": {"CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED"},
            "promised": {"CONFIRMED"},
            "waiting_proof": {"PENDING"},
            "review": {"PENDING"},
        }.get(row["status"], {"CANCELLED", "EXPIRED", "REJECTED"})
        assert orders[row["order_id"]] in allowed, (row["status"], orders[row["order_id"]])
    for row in await it.sql("SELECT order_id, state FROM holds", service="inventory"):
        confirmed = orders[row["order_id"]] in ("CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED")
        assert row["state"] == (
            "deducted" if confirmed else "held" if orders[row["order_id"]] == "PENDING" else "released"
        )


async def everything(it: Alone) -> list[Any]:
    found: list[Any] = []
    for service, tables in TABLES.items():
        for table in tables:
            found += [tuple(r) for r in await it.sql(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4", service=service)]
    return found


async def test_a_hundred_orders_for_sixty(it: Alone) -> None:
    product = await stocked(it, 60)
    at_once = asyncio.Semaphore(10)
    guest = it.client()

    async def order() -> str:
        async with at_once:
            return (await placed(guest, (product, 1)))["id"]  # type: ignore[no-any-return]

    ids = list(await asyncio.gather(*(order() for _ in range(100))))
    assert len(set(ids)) == 100
    assert await settled(it, ids) == {"CONFIRMED": 60, "CANCELLED": 40}
    assert await level(it, product) == (0, 0)
    notes = await it.sql(
        "SELECT note FROM order_history WHERE status = 'CANCELLED' AND order_id = ANY($1)", [UUID(id) for id in ids]
    )
    assert len(notes) == 40
    assert all("Out of stock" in row["note"] and "1 asked for, 0 available" in row["note"] for row in notes)
    captured = await it.sql("SELECT sum(captured)::bigint AS n FROM payments WHERE captured > 0", service="payments")
    assert captured[0]["n"] == 60 * 1999
    await all_is_well(it)


async def test_a_declined_card_cancels_gives_stock_back_and_charges_nobody(it: Alone) -> None:
    product = await stocked(it, 2)
    order = await placed(it.client(), (product, 2), payment={"method": "card-simulated", "token": "tok_declined"})
    assert await settled(it, [order["id"]]) == {"CANCELLED": 1}
    assert await level(it, product) == (2, 0)
    (payment,) = await it.sql(
        "SELECT status, captured FROM payments WHERE order_id = $1", UUID(order["id"]), service="payments"
    )
    assert tuple(payment) == ("declined", 0)
    history = await it.client().get(f"/api/v1/orders/{order['id']}/history", params={"token": order["link"]})
    assert [(e["status"], e["note"]) for e in history.json()["items"]][-1] == ("CANCELLED", "The payment was declined.")
    await all_is_well(it)


async def test_every_way_of_paying_ends_well(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.4))
    monkeypatch.setattr(simulated, "LATE", timedelta(seconds=0.3))
    product = await stocked(it, 20)
    guest = it.client()
    cards = ["tok_ok", "tok_timeout", "tok_late", "tok_twice"]
    payments: list[dict[str, str]] = [{"method": "card-simulated", "token": token} for token in cards]
    payments += [{"method": "cash-on-delivery"}]
    ids = [(await placed(guest, (product, 1), payment=payment))["id"] for payment in payments]
    assert await settled(it, ids) == {"CONFIRMED": 5}
    assert await level(it, product) == (15, 0)

    proof = await placed(guest, (product, 1), payment={"method": "proof"})
    path = f"/api/v1/payments/{proof['id']}"

    async def uploaded() -> bool:
        answer = await guest.post(
            f"{path}/proof", files={"file": ("p.png", PNG, "image/png")}, params={"token": proof["link"]}
        )
        return answer.status_code == 200

    await eventually(uploaded)
    assert (await statuses(it, [proof["id"]])) == {"PENDING": 1}
    assert await level(it, product) == (15, 1)
    assert (await it.client("store_admin").post(f"{path}/approve", json={})).status_code == 200
    assert await settled(it, [proof["id"]]) == {"CONFIRMED": 1}
    assert await level(it, product) == (14, 0)
    await all_is_well(it)


async def test_cancelled_orders_give_back_stock_and_money_whenever_it_happens(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some are cancelled at once, some a moment later, some when all is done; concurrently."""
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=0.4))
    monkeypatch.setattr(simulated, "LATE", timedelta(seconds=0.3))
    product = await stocked(it, 40)
    guest, tokens = it.client(), ["tok_ok", "tok_late", "tok_timeout", "tok_twice", "tok_declined"]

    async def come_and_go(i: int) -> str:
        payment = {"method": "card-simulated", "token": tokens[i % len(tokens)]}
        order = await placed(guest, (product, 1), payment=payment)
        await asyncio.sleep([0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8][i % 7])
        answer = await guest.post(f"/api/v1/orders/{order['id']}/cancel", json={}, params={"token": order["link"]})
        assert answer.status_code in (200, 409)
        return order["id"]  # type: ignore[no-any-return]

    ids = list(await asyncio.gather(*(come_and_go(i) for i in range(35))))
    assert await settled(it, ids) == {"CANCELLED": 35}

    async def money_is_back() -> bool:
        sql = "SELECT 1 FROM payments WHERE order_id = ANY($1) AND status NOT IN ('void', 'declined', 'refunded')"
        return not await it.sql(sql, [UUID(id) for id in ids], service="payments")

    await eventually(money_is_back, 20)
    await it.idle()
    assert await level(it, product) == (40, 0)
    await all_is_well(it)


async def test_unpaid_proof_orders_expire_and_give_their_stock_back(it: Alone) -> None:
    product = await stocked(it, 3)
    usual = it.store
    it.running.stores.put(msgspec.structs.replace(usual, order_expiry_seconds=1))
    try:
        order = await placed(it.client(), (product, 3), payment={"method": "proof"})
    finally:
        it.running.stores.put(usual)
    assert await settled(it, [order["id"]]) == {"EXPIRED": 1}
    assert await level(it, product) == (3, 0)
    await all_is_well(it)


async def test_a_charge_that_outlives_its_order_is_given_back(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "ASK_AGAIN", timedelta(seconds=2))
    monkeypatch.setattr(simulated, "LATE", timedelta(seconds=2.5))
    product, usual = await stocked(it, 1), it.store
    it.running.stores.put(msgspec.structs.replace(usual, order_expiry_seconds=1))
    try:
        late = {"method": "card-simulated", "token": "tok_late"}
        order = await placed(it.client(), (product, 1), payment=late)
    finally:
        it.running.stores.put(usual)
    assert await settled(it, [order["id"]]) == {"EXPIRED": 1}
    assert await level(it, product) == (1, 0)

    async def given_back() -> bool:
        sql = "SELECT 1 FROM payments WHERE order_id = $1 AND status = 'refunded' AND refunded = amount"
        return bool(await it.sql(sql, UUID(order["id"]), service="payments"))

    await eventually(given_back)
    await it.idle()
    await all_is_well(it)


async def test_what_is_sold_ahead_is_paid_then_waits_comes_in_and_goes(it: Alone) -> None:
    lamp = await stocked(it, 2)
    admin = it.client("store_admin")
    await backorder(admin, first(lamp))
    order = await placed(it.client(), (lamp, 5))
    assert await settled(it, [order["id"]]) == {"CONFIRMED": 1}
    ship, sent = f"/api/v1/orders/{order['id']}/ship", {"carrier": "DHL", "tracking_number": "JD-1"}
    assert (await admin.post(ship, json=sent)).json()["type"] == "not-in-stock-yet"
    assert (await admin.get(f"/api/v1/orders/{order['id']}")).json()["lines"][0]["backordered"] == 3
    await change(admin, "receive", first(lamp), 4)

    async def shipped() -> bool:
        return (await admin.post(ship, json=sent)).status_code == 200

    await eventually(shipped)
    assert await level(it, lamp) == (1, 0)
    await all_is_well(it)


async def test_every_event_again_changes_nothing(it: Alone) -> None:
    """All that was ever published here, under its own ids, in its order and backwards."""

    async def no_check_to_come() -> bool:
        return not await it.sql("SELECT FROM outbox WHERE type = 'PaymentCheckDue'", service="payments")

    await eventually(no_check_to_come)
    await it.idle()
    before, said = await everything(it), len(it.messages)
    events = [*it.sent, *it.messages]
    assert len(events) > 500
    await it.redeliver(events)
    await it.redeliver(events[::-1])
    await it.idle()
    assert await everything(it) == before
    assert [message.type for message in it.messages[said:]] == []
    await all_is_well(it)


async def test_a_restart_in_the_middle_loses_nothing(it: Alone) -> None:
    product = await stocked(it, 15)
    guest = it.client()
    ids = []
    for batch in range(3):
        answers = await asyncio.gather(*(post(guest, body((product, 1))) for _ in range(10)))
        ids += [answer.json()["id"] for answer in answers]
        if batch < 2:
            await it.stop()
            await it.start()
            guest = it.client()
    assert len(set(ids)) == 30
    assert await settled(it, ids) == {"CONFIRMED": 15, "CANCELLED": 15}
    assert await level(it, product) == (0, 0)
    await all_is_well(it)
