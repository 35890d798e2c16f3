"""Who sees which order, in detail and in lists."""

import httpx
import pytest

from tests.harness import Alone
from tests.services.orders.buying import SENT, body, for_sale, history, placed, post, settle
from tradehall.kernel.ids import uuid7

SERVICE = "orders"


async def test_who_sees_an_order(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    user = uuid7()
    buyer = it.client("shopper", user_id=user)
    order = await placed(buyer, (lamp, 1), (desk, 1))
    link = order["link"]
    admin, operator = it.client("store_admin"), it.client("operator")
    whole = [(buyer, {}), (it.client("shopper", user_id=user), {}), (admin, {}), (operator, {})]
    whole += [(it.client(), {"token": link}), (it.client("shopper"), {"token": link})]
    for path in (f"/api/v1/orders/{order['id']}", f"/api/v1/orders/{order['id']}/history"):
        for client, params in whole:
            assert (await client.get(path, params=params)).status_code == 200
        strangers: list[tuple[httpx.AsyncClient, dict[str, str]]] = [
            (it.client(), {}),
            (it.client(), {"token": ""}),
            (it.client(), {"token": link[:-1] + ("0" if link[-1] != "0" else "1")}),
            (it.client(), {"token": "é\x00" * 20}),
            (it.client(), {"token": "x" * 10_000}),
            (it.client("shopper"), {}),
            (it.client("seller", seller_id=uuid7()), {}),
            (it.client("seller"), {}),
            (it.client(store=it.other), {"token": link}),
            (it.client("shopper", user_id=user, store=it.other), {"token": link}),
            (it.client("store_admin", store=it.other), {}),
            (it.client("seller", seller_id=lamp.seller_id, store=it.other), {}),
        ]
        missing = (await admin.get(path.replace(order["id"], str(uuid7())))).json()
        for client, params in strangers:
            answer = await client.get(path, params=params)
            assert answer.status_code == 404
            assert answer.json()["type"] == missing["type"] == "unknown-order"


async def test_only_the_buyer_gets_the_link(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 1))
    path = f"/api/v1/orders/{order['id']}"
    assert (await it.client().get(path, params={"token": order["link"]})).json()["link"] == order["link"]
    assert (await it.client("store_admin").get(path)).json()["link"] is None
    assert (await it.client("seller", seller_id=lamp.seller_id).get(path)).json()["link"] is None


async def test_the_link_of_one_order_opens_no_other(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    one, two = await placed(it.client(), (lamp, 1)), await placed(it.client(), (lamp, 1))
    assert (await it.client().get(f"/api/v1/orders/{one['id']}", params={"token": two["link"]})).status_code == 404


async def test_a_seller_sees_the_own_part_only(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    order = await placed(it.client(), (lamp, 1), (desk, 1))
    await settle(it, order)
    seller, rival = (it.client("seller", seller_id=p.seller_id) for p in (lamp, desk))
    assert (await rival.post(f"/api/v1/orders/{order['id']}/ship", json=SENT)).status_code == 200
    seen = (await seller.get(f"/api/v1/orders/{order['id']}")).json()
    assert [line["seller_id"] for line in seen["lines"]] == [str(lamp.seller_id)]
    assert [parcel["seller_id"] for parcel in seen["parcels"]] == [str(lamp.seller_id)]
    assert seen["actions"] == ["cancel_lines", "ship"]
    assert not any("JD-1" in entry["note"] for entry in await history(seller, order))
    assert any("JD-1" in entry["note"] for entry in await history(it.client("store_admin"), order))
    assert (await rival.get(f"/api/v1/orders/{order['id']}")).json()["actions"] == ["deliver"]


async def test_a_seller_sees_what_they_bought_apart_from_what_they_sell(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    seller = it.client("seller", seller_id=lamp.seller_id)
    sold = await placed(it.client(), (lamp, 1))
    bought = await placed(seller, (desk, 1))
    assert [o["id"] for o in (await seller.get("/api/v1/orders")).json()["items"]] == [sold["id"]]
    found = (await seller.get("/api/v1/orders", params={"bought": True})).json()["items"]
    assert [order["id"] for order in found] == [bought["id"]]


async def test_a_seller_does_not_buy_the_own_goods(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    seller = it.client("seller", seller_id=lamp.seller_id)
    answer = await post(seller, body((desk, 1), (lamp, 1)))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["lines[1].variant_id"]
    assert (await post(it.client("seller", seller_id=desk.seller_id), body((lamp, 1)))).status_code == 201


@pytest.mark.parametrize(
    ("role", "ships", "cancels"),
    [("support", 403, 200), ("warehouse_manager", 200, 404), ("warehouse_staff", 200, 404), ("store_admin", 200, 200)],
)
async def test_staff_sees_the_whole_store_and_moves_what_its_role_is_for(
    it: Alone, role: str, ships: int, cancels: int
) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    staff = it.client(role)
    order = await placed(it.client(), (lamp, 1), (desk, 1))
    await settle(it, order)
    seen = (await staff.get(f"/api/v1/orders/{order['id']}")).json()
    assert (len(seen["lines"]), seen["link"]) == (2, None)
    assert order["id"] in {found["id"] for found in (await staff.get("/api/v1/orders")).json()["items"]}
    path = f"/api/v1/orders/{order['id']}"
    assert (await staff.post(f"{path}/ship", json=SENT)).status_code == ships
    other = await placed(it.client(), (lamp, 1))
    path = f"/api/v1/orders/{other['id']}"
    assert (await staff.post(f"{path}/cancel", json={"reason": "asked by phone"})).status_code == cancels
    assert (await it.client(role, store=it.other).get(path)).status_code == 404


async def test_lists_show_each_their_own(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    ada, bob = it.client("shopper"), it.client("shopper")
    first = await placed(ada, (lamp, 1))
    second = await placed(bob, (lamp, 1), (desk, 1))
    third = await placed(it.client(), (desk, 1))

    async def ids(client: httpx.AsyncClient) -> list[str]:
        answer = await client.get("/api/v1/orders", params={"limit": 100})
        return [item["id"] for item in answer.json()["items"]]

    assert await ids(ada) == [first["id"]]
    assert await ids(bob) == [second["id"]]
    assert await ids(it.client("seller", seller_id=lamp.seller_id)) == [second["id"], first["id"]]
    assert await ids(it.client("seller", seller_id=desk.seller_id)) == [third["id"], second["id"]]
    assert await ids(it.client("seller", seller_id=uuid7())) == []
    assert await ids(it.client("seller")) == []
    assert (await ids(it.client("store_admin")))[:3] == [third["id"], second["id"], first["id"]]
    assert await ids(it.client("store_admin", store=it.other)) == []
    assert (await it.client().get("/api/v1/orders")).status_code == 401


async def test_pages_hold_every_order_once(it: Alone) -> None:
    lamp, ada = await for_sale(it, 100), it.client("shopper")
    orders = [(await placed(ada, (lamp, 1)))["id"] for _ in range(7)]
    found, cursor = [], None
    while True:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await ada.get("/api/v1/orders", params=params)).json()
        found += [item["id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == orders[::-1]
    await settle(it, {"id": orders[0], "total": {"amount": 100, "currency": "USD"}})
    page = (await ada.get("/api/v1/orders", params={"status": "CONFIRMED"})).json()
    assert [item["id"] for item in page["items"]] == [orders[0]]


@pytest.mark.parametrize(
    "params",
    [
        {"cursor": "x"},
        {"cursor": "W10"},
        {"cursor": "WyJ4Il0"},
        {"cursor": "é\x00"},
        {"cursor": "A" * 10_000},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "101"},
        {"limit": "many"},
        {"limit": "9" * 30},
        {"status": "LOST"},
        {"status": "\x00"},
    ],
)
async def test_bad_parameters_are_refused(it: Alone, params: dict[str, str]) -> None:
    answer = await it.client("shopper").get("/api/v1/orders", params=params)
    assert answer.status_code in (400, 422)
    assert {error["field"] for error in answer.json()["errors"]} == set(params)


@pytest.mark.parametrize("path", ["x", "1", "%00", "0" * 400])
async def test_ids_that_are_none_are_404(it: Alone, path: str) -> None:
    for method, tail in (
        ("GET", ""),
        ("GET", "/history"),
        ("POST", "/cancel"),
        ("POST", "/ship"),
        ("POST", "/deliver"),
    ):
        answer = await it.client("store_admin").request(method, f"/api/v1/orders/{path}{tail}", json={})
        assert answer.status_code in (404, 405)
