"""The list of orders: every filter finds what it says, by an index, and a page never goes through all there is."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.harness import Alone
from tests.services.orders.buying import ADDRESS, SENT, fields, for_sale, placed, settle
from tests.services.orders.test_backorders import item, waits
from tradehall.contracts.payments import PaymentUpdated
from tradehall.kernel.ids import uuid7
from tradehall.services.orders.queries import listing

SERVICE = "orders"


@pytest.fixture(scope="module")
async def made(it: Alone) -> dict[str, dict[str, Any]]:
    """Orders that differ."""
    lamp, desk = await for_sale(it, 1000), await for_sale(it, 5000)
    found = {
        "plain": await placed(it.client(), (lamp, 1), email="zoe@north.example", name="Zoe Lind"),
        "dear": await placed(it.client(), (desk, 1), email="Zorro@south.example", name="De la Vega"),
        "abroad": await placed(it.client(), (lamp, 2), name="ann ost", address={**ADDRESS, "country": "DE"}),
        "waiting": await placed(it.client(), (lamp, 1), name="Wim Wait"),
        "sent": await placed(it.client(), (desk, 2), name="Sam Sent"),
        "checked": await placed(it.client(), (lamp, 1), name="Pia Proof"),
    }
    await waits(it, found["waiting"], item(lamp, 1))
    await settle(it, found["sent"])
    await it.client("store_admin").post(f"/api/v1/orders/{found['sent']['id']}/ship", json=SENT)
    id = UUID(found["checked"]["id"])
    await it.given(PaymentUpdated(order_id=id, payment_id=uuid7(), method="proof", status="review"), key=id)
    found["products"] = {"lamp": lamp, "desk": desk}  # type: ignore[dict-item]
    return found


async def shown(client: httpx.AsyncClient, made: Any, **asked: Any) -> set[str]:
    answer = await client.get("/api/v1/orders", params={"limit": 100, **asked})
    assert answer.status_code == 200, answer.text
    ids = {row["id"] for row in answer.json()["items"]}
    return {name for name, order in made.items() if name != "products" and order["id"] in ids}


ALL = {"plain", "dear", "abroad", "waiting", "sent", "checked"}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ALL),
        ({"status": "SHIPPED"}, {"sent"}),
        ({"status": "EXPIRED"}, set()),
        ({"status": "CONFIRMED"}, set()),
        ({"status": "PENDING"}, ALL - {"sent"}),
        ({"q": "zo"}, {"plain", "dear"}),
        ({"q": "ZOE@north.example"}, {"plain"}),
        ({"q": "de la"}, {"dear"}),
        ({"q": "Ann"}, {"abroad"}),
        ({"q": "la vega"}, set()),
        ({"q": "%"}, set()),
        ({"country": "DE"}, {"abroad"}),
        ({"total_from": 5000}, {"dear", "sent"}),
        ({"total_from": 1001, "total_to": 5000}, {"dear", "abroad"}),
        ({"waits_for_stock": "true"}, {"waiting"}),
        ({"waits_for_stock": "false", "status": "PENDING"}, {"plain", "dear", "abroad", "checked"}),
        ({"in_review": "true"}, {"checked"}),
        ({"payment_status": "review"}, {"checked"}),
        ({"payment_method": "card-simulated", "q": "sam"}, {"sent"}),
        ({"payment_method": "proof"}, set()),
        ({"reduced": "true"}, set()),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
async def test_each_filter(it: Alone, made: Any, asked: Any, found: set[str]) -> None:
    assert await shown(it.client("support"), made, **asked) == found


async def test_by_number_sku_seller_and_customer(it: Alone, made: Any) -> None:
    support, desk = it.client("support"), made["products"]["desk"]
    number = made["abroad"]["number"]
    assert await shown(support, made, q=number[:6].lower()) == {"abroad"}
    assert await shown(support, made, q=desk.variants[0].sku) == {"dear", "sent"}
    assert await shown(support, made, seller_id=desk.seller_id) == {"dear", "sent"}
    assert await shown(support, made, seller_id=desk.seller_id, status="PENDING") == {"dear"}
    assert await shown(support, made, customer_id=uuid7()) == set()
    seller = it.client("seller", seller_id=desk.seller_id)
    assert await shown(seller, made, q="zo") == {"dear"}, "not what others sold"
    assert await shown(seller, made, seller_id=made["products"]["lamp"].seller_id) == {"dear", "sent"}
    assert await shown(it.client("shopper"), made, customer_id=uuid7()) == set()
    assert await shown(it.client("support", store=it.other), made, q="zo") == set()


async def test_by_time(it: Alone, made: Any) -> None:
    support, now = it.client("support"), datetime.now(UTC)
    assert await shown(support, made, since=(now + timedelta(minutes=1)).isoformat()) == set()
    assert await shown(support, made, until=(now - timedelta(hours=1)).isoformat()) == set()
    day = {"since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(minutes=1)).isoformat()}
    assert await shown(support, made, **day, status="SHIPPED") == {"sent"}
    for wrong in ({"since": "2026-01-01T00:00:00"}, {"until": "2026-01-01T00:00:00"}):
        assert fields(await support.get("/api/v1/orders", params=wrong)) == set(wrong)


@pytest.mark.parametrize(
    "wrong", [{"status": "LOST"}, {"total_from": "-1"}, {"q": "x" * 101}, {"country": "D%"}], ids=str
)
async def test_wrong_filters_are_named(it: Alone, wrong: dict[str, str]) -> None:
    answer = await it.client("support").get("/api/v1/orders", params=wrong)
    assert (answer.status_code, fields(answer)) == (422, set(wrong))


async def test_a_page_goes_through_so_many_orders_and_says_where_it_stopped(
    it: Alone, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SCANNED", 2)
    support, cursor = it.client("support"), ""
    found: list[str] = []
    pages = 0
    while True:
        params = {"country": "DE", "limit": 10} | ({"cursor": cursor} if cursor else {})
        page = (await support.get("/api/v1/orders", params=params)).json()
        found += [row["id"] for row in page["items"]]
        pages += 1
        assert (page["next"] is None) == (page["looked_back_to"] is None)
        if not (cursor := page["next"]):
            break
    assert found == [made["abroad"]["id"]]
    assert pages > 2


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "orders_of_store"),
        ({"status": "SHIPPED"}, "orders_by_status"),
        ({"status": "CONFIRMED"}, "orders_by_status"),
        ({"q": "zo"}, "orders_by_name"),
        ({"q": "zo", "status": "PENDING"}, "orders_by_email"),
        ({"q": "AAAA"}, "orders_number_key"),
        ({"q": "SKU"}, "lines_by_sku"),
        ({"customer_id": uuid7()}, "orders_of_customer"),
        ({"seller_id": uuid7()}, "parcels_of_seller"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value,
)
async def test_an_index_is_used_whoever_asks(it: Alone, asked: Any, index: str) -> None:
    """Under row-level security a condition that could leak something would not."""
    plans: list[str] = []

    class Explained:
        store_id = it.store.id

        async def all(self, shape: Any, sql: str, *args: Any) -> list[Any]:
            async with it.db.transaction(it.store.id) as tx:
                await tx.run("SET LOCAL enable_seqscan = off")
                await tx.run("SET LOCAL enable_bitmapscan = off")
                plans.extend(row[0] for row in await tx.rows(f"EXPLAIN {sql}", *args))
            return []

        async def scalar(self, *_: Any) -> None:
            return None

    await listing.listed(Explained(), listing.Filters(**asked), before=None, limit=10)  # type: ignore[arg-type]
    assert index in "\n".join(plans), "\n".join(plans)
    conditions = [line for line in plans if "Index Cond" in line]
    assert conditions, plans
