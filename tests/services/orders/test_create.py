"""POST /api/v1/orders, the service alone."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.harness import Alone
from tests.services.orders.buying import ADDRESS, body, count, fields, for_sale, placed, post
from tradehall.contracts.catalog import ProductDeleted, ProductUpdated
from tradehall.contracts.identity import UserCreated, UserUpdated
from tradehall.contracts.orders import OrderCreated, OrderExpiryDue, OrderPlaced
from tradehall.contracts.shipping import Rate, ShippingRatesChanged
from tradehall.kernel.errors import NotFound
from tradehall.kernel.ids import uuid7
from tradehall.services.orders.api.placing import CartLine, CartLines

SERVICE = "orders"


async def test_a_new_order_is_pending_and_tells_all(it: Alone) -> None:
    lamp = await for_sale(it, 1250)
    guest = it.client()
    order = await placed(guest, (lamp, 3))
    assert order["status"] == "PENDING"
    assert order["total"] == {"amount": 3750, "currency": "USD"}
    assert order["lines"][0]["line_total"] == {"amount": 3750, "currency": "USD"}
    assert len(order["link"]) == 40
    assert order["name"] == "Ada Byron"
    said = next(e for e in await it.published(OrderPlaced) if str(e.order_id) == order["id"])
    assert (said.total, said.customer_id, said.link) == (3750, None, order["link"])
    created = next(e for e in await it.published(OrderCreated) if str(e.order_id) == order["id"])
    assert created.customer_id == created.order_id
    assert str(created.total_price) == "37.50"
    (timer,) = await it.sql(
        "SELECT available_at FROM outbox WHERE aggregateid = $1 AND available_at > now()", order["id"]
    )
    assert abs(timer["available_at"].timestamp() - time.time() - 600) < 10


async def test_it_needs_an_idempotency_key(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    before = await count(it)
    for headers in ({}, {"idempotency-key": ""}, {"idempotency-key": "x" * 201}):
        answer = await it.client().post("/api/v1/orders", json=body((lamp, 1)), headers=headers)
        assert answer.status_code == 400
        assert fields(answer) == {"Idempotency-Key"}
    assert await count(it) == before


async def test_the_same_key_gets_the_same_answer_and_one_order(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    shopper, data, before = it.client("shopper"), body((lamp, 1)), await count(it)
    answers = await asyncio.gather(*(post(shopper, data, "again-1") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("idempotent-replay", "") for answer in answers) == ["", *["true"] * 5]
    assert await count(it) == before + 1


async def test_the_same_key_for_another_body_is_refused(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    shopper = it.client("shopper")
    assert (await post(shopper, body((lamp, 1)), "again-2")).status_code == 201
    answer = await post(shopper, body((lamp, 2)), "again-2")
    assert answer.status_code == 422
    assert answer.json()["type"] == "idempotency-key-reused"


async def test_a_key_belongs_to_its_shopper_and_store(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    there = await for_sale(it, 100, store=it.other)
    answers = [
        await post(it.client("shopper"), body((lamp, 1)), "shared"),
        await post(it.client("shopper"), body((lamp, 1)), "shared"),
        await post(it.client(), body((lamp, 1)), "shared"),
        await post(it.client(store=it.other), body((there, 1)), "shared"),
    ]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 4


async def test_mail_goes_to_the_account_where_no_address_is_given(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    user_id = uuid7()
    shopper = it.client("shopper", user_id=user_id)
    missing = await post(shopper, body((lamp, 1), email=None))
    assert missing.status_code == 422
    assert fields(missing) == {"email"}
    account = UserCreated(user_id=user_id, email="ada@old.example", name="Ada", roles=["shopper"])
    await it.given(account, key=user_id)
    await it.given(UserUpdated(user_id=user_id, email="ada@new.example", name="Ada", roles=["shopper"]), key=user_id)
    assert (await placed(shopper, (lamp, 1), email=None))["email"] == "ada@new.example"
    assert (await placed(shopper, (lamp, 1), email=" Else@Where.example "))["email"] == "else@where.example"


async def test_a_refused_order_leaves_its_key_free(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    shopper = it.client("shopper")
    assert (await post(shopper, body((lamp, 1), total=99), "again-3")).status_code == 409
    assert (await post(shopper, body((lamp, 1)), "again-3")).status_code == 201


async def test_a_changed_total_is_409_with_the_new_one(it: Alone) -> None:
    lamp = await for_sale(it, 1999)
    before = await count(it)
    answer = await post(it.client(), body((lamp, 2), total=1))
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "total-changed"
    assert problem["extra"]["total"] == {"amount": 3998, "currency": "USD"}
    assert problem["extra"]["lines"] == [
        {"variant_id": str(lamp.variants[0].variant_id), "unit_price": {"amount": 1999, "currency": "USD"}}
    ]
    assert await count(it) == before


async def test_prices_follow_the_catalogue(it: Alone) -> None:
    lamp = await for_sale(it, 1000)
    cheaper = [msgspec.structs.replace(lamp.variants[0], price=900)]
    changed = ProductUpdated(**{**msgspec.structs.asdict(lamp), "variants": cheaper})
    await it.given(changed, key=lamp.product_id)
    assert (await post(it.client(), body((lamp, 1), total=1000))).status_code == 409
    assert (await post(it.client(), body((lamp, 1), total=900))).status_code == 201


async def test_what_is_not_for_sale_is_named(it: Alone) -> None:
    lamp, draft, gone = await for_sale(it, 100), await for_sale(it, 100, status="draft"), await for_sale(it, 100)
    euro, elsewhere = await for_sale(it, 100, currency="EUR"), await for_sale(it, 100, store=it.other)
    await it.given(ProductDeleted(product_id=gone.product_id, seller_id=gone.seller_id), key=gone.product_id)
    data = body((lamp, 1), (draft, 1), (gone, 1), (euro, 1), (elsewhere, 1))
    data["lines"].append({"variant_id": str(uuid7()), "quantity": 1})
    answer = await post(it.client(), data)
    assert answer.status_code == 422
    assert fields(answer) == {f"lines[{i}].variant_id" for i in range(1, 6)}


async def test_a_variant_taken_out_of_its_product_is_not_for_sale(it: Alone) -> None:
    lamp = await for_sale(it, 100, 200)
    rest = ProductUpdated(**{**msgspec.structs.asdict(lamp), "variants": lamp.variants[1:]})
    await it.given(rest, key=lamp.product_id)
    assert (await post(it.client(), body((lamp, 1)))).status_code == 422


async def test_lines_of_one_variant_become_one(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    order = await placed(it.client(), (lamp, 2), (lamp, 3))
    assert [line["quantity"] for line in order["lines"]] == [5]
    answer = await post(it.client(), body((lamp, 500), (lamp, 500)))
    assert answer.status_code == 422
    assert fields(answer) == {"lines[1].quantity"}


async def test_shipping_is_priced_by_the_rates_of_the_store(it: Alone) -> None:
    there = it.other
    lamp = await for_sale(it, 1000, store=there)
    rates = [
        Rate(code="flat", name="Flat", price=500, free_from=3000),
        Rate(code="truck", name="Truck", kind="distance", origins=["02000"]),
    ]
    await it.given(ShippingRatesChanged(rates=rates), key=there.id, store=there)
    guest = it.client(store=there)
    assert (await placed(guest, (lamp, 1), shipping="flat", total=1500))["shipping"] == {
        "code": "flat",
        "price": {"amount": 500, "currency": "USD"},
    }
    await placed(guest, (lamp, 3), shipping="flat", total=3000)
    await placed(guest, (lamp, 2), shipping="truck", total=2000 + 2 * 2 * 138)
    for shipping, address in (("standard", ADDRESS), ("drone", ADDRESS), ("truck", {**ADDRESS, "zip": "AB1 2CD"})):
        answer = await post(guest, body((lamp, 1), shipping=shipping, address=address))
        assert answer.status_code == 422
        assert fields(answer) == {"shipping"}
    await it.given(ShippingRatesChanged(rates=[]), key=there.id, store=there)


@pytest.mark.parametrize(
    ("mode", "as_guest", "as_shopper"), [("both", 201, 201), ("account", 401, 201), ("guest", 201, 409)]
)
async def test_the_store_decides_who_may_buy(it: Alone, mode: Any, as_guest: int, as_shopper: int) -> None:
    lamp = await for_sale(it, 100)
    it.running.stores.put(msgspec.structs.replace(it.store, checkout_mode=mode))
    try:
        assert (await post(it.client(), body((lamp, 1)))).status_code == as_guest
        assert (await post(it.client("shopper"), body((lamp, 1)))).status_code == as_shopper
    finally:
        it.running.stores.put(it.store)


async def test_payment_is_by_a_method_of_the_store(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    it.running.stores.put(msgspec.structs.replace(it.store, payment_methods=["proof"]))
    try:
        for method in ("card-simulated", "cash-on-delivery", "barter", ""):
            answer = await post(it.client(), body((lamp, 1), payment={"method": method, "token": "tok_ok"}))
            assert answer.status_code == 422
            assert fields(answer) == {"payment.method"}
        assert (await post(it.client(), body((lamp, 1), payment={"method": "proof"}))).status_code == 201
    finally:
        it.running.stores.put(it.store)


async def test_a_providers_method_is_taken_only_while_the_store_has_an_account_there(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    order = body((lamp, 1), payment={"method": "stripe", "token": "pm_1"})
    store = msgspec.structs.replace(it.store, payment_methods=["stripe", "xendit"])
    try:
        it.running.stores.put(store)
        answer = await post(it.client(), order)
        assert (answer.status_code, fields(answer)) == (422, {"payment.method"})
        assert "cannot take money yet" in answer.json()["errors"][0]["rule"]
        it.running.stores.put(msgspec.structs.replace(store, accounts=["xendit"]))
        answer = await post(it.client(), order)
        assert answer.json()["errors"] == [{"field": "payment.method", "rule": "must be one of xendit"}]
        it.running.stores.put(msgspec.structs.replace(store, accounts=["stripe"]))
        assert (await post(it.client(), order)).status_code == 201
    finally:
        it.running.stores.put(it.store)


async def test_a_card_needs_a_token(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    answer = await post(it.client(), body((lamp, 1), payment={"method": "card-simulated"}))
    assert answer.status_code == 422
    assert fields(answer) == {"payment.token"}


@pytest.mark.parametrize(
    "token", ["4111111111111111", "4111 1111 1111 1111", "tok_4111111111111111", "tok_x4111111111111111y"]
)
@pytest.mark.parametrize("method", ["card-simulated", "proof"])
async def test_a_card_number_is_refused_and_stored_nowhere(it: Alone, token: str, method: str) -> None:
    lamp = await for_sale(it, 100)
    answer = await post(it.client(), body((lamp, 1), payment={"method": method, "token": token}))
    assert answer.status_code == 422
    assert fields(answer) == {"payment.token"}
    assert "41111111" not in answer.text.replace(" ", "")
    tables = await it.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        if table == "migrations":
            continue
        rows = await it.sql(f"SELECT count(*) AS n FROM {table} AS t WHERE t::text ~ '4111.?1111'")
        assert rows[0]["n"] == 0, table


async def test_a_boletos_buyer_is_named_and_has_days(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    store = msgspec.structs.replace(it.store, payment_methods=["pagarme-boleto"], accounts=["pagarme"])
    it.running.stores.put(msgspec.structs.replace(store, payment_deadlines={"pagarme-boleto": 86400}))
    try:
        order = body((lamp, 1), payment={"method": "pagarme-boleto"}, address=ADDRESS | {"phone": "98765"})
        answer = await post(it.client(), order)
        assert answer.status_code == 422
        assert fields(answer) == {"payment.tax_id", "address.phone"}
        order["address"] = ADDRESS | {"phone": "+55 (11) 98765-4321"}
        for wrong in ("529.982.247-26", "111.111.111-11", "5299822472", "tax", ""):
            answer = await post(it.client(), order | {"payment": {"method": "pagarme-boleto", "tax_id": wrong}})
            assert fields(answer) == {"payment.tax_id"}, wrong
        answer = await post(it.client(), order | {"payment": {"method": "pagarme-boleto", "tax_id": "529.982.247-25"}})
        assert answer.status_code == 201
        made = answer.json()
        held = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
        assert held == timedelta(days=6), "a day to pay, and five until banks have told"
        placed = next(event for event in await it.published(OrderPlaced) if str(event.order_id) == made["id"])
        assert placed.payment.tax_id == "52998224725"
    finally:
        it.running.stores.put(it.store)


async def test_a_tax_id_that_nobody_needs_is_not_passed_on(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    card = {"method": "card-simulated", "token": "tok_ok", "tax_id": "529.982.247-25"}
    made = (await post(it.client(), body((lamp, 1), payment=card))).json()
    placed = next(event for event in await it.published(OrderPlaced) if str(event.order_id) == made["id"])
    assert placed.payment.tax_id is None


async def test_one_version_of_a_cart_makes_one_order(it: Alone) -> None:
    lamp, cart = await for_sale(it, 100), str(uuid7())
    guest = it.client()
    answers = await asyncio.gather(
        *(post(guest, body((lamp, 1), cart_id=cart, cart_version=1)) for _ in range(4)),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {a.json()["type"] for a in answers if a.status_code == 409} == {"cart-already-ordered"}
    assert (await post(guest, body((lamp, 1), cart_id=cart, cart_version=2))).status_code == 201


async def test_lines_of_a_cart_come_with_its_version(it: Alone) -> None:
    lamp = await for_sale(it, 100)
    answer = await post(it.client(), body((lamp, 1), cart_id=str(uuid7())))
    assert answer.status_code == 422
    assert fields(answer) == {"cart_version"}


def know(it: Alone, monkeypatch: pytest.MonkeyPatch, carts: dict[str, CartLines]) -> None:
    """The carts service answers from these."""

    async def ask(service: str, path: str, shape: Any, **params: Any) -> Any:
        assert (service, params["store_id"]) == ("carts", str(it.store.id))
        found = carts.get(path.removeprefix("/internal/v1/carts/"))
        if found is None:
            raise NotFound()
        return found

    monkeypatch.setattr(it.running.peers, "ask", ask)


async def test_a_cart_gives_the_lines_that_are_selected_or_named(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    products = [await for_sale(it, price) for price in (100, 200, 300)]
    ids = [product.variants[0].variant_id for product in products]
    lines = [CartLine(variant_id=id, quantity=n + 1, selected=n != 1) for n, id in enumerate(ids)]
    cart = str(uuid7())
    carts = {cart: CartLines(lines=lines, version=1)}
    know(it, monkeypatch, carts)
    guest = it.client()
    taken: list[dict[str, Any]] = []
    for version, chosen, total in ((1, None, 100 + 900), (2, [ids[1]], 400), (3, [ids[2], ids[0], ids[2]], 1000)):
        carts[cart] = CartLines(lines=lines, version=version)
        named = {"cart_lines": [str(id) for id in chosen]} if chosen else {}
        answer = await post(guest, body(total=total, cart_id=cart, **named))
        assert answer.status_code == 201, answer.text
        taken.append({line["variant_id"]: line["quantity"] for line in answer.json()["lines"]})
    assert taken == [{str(ids[0]): 1, str(ids[2]): 3}, {str(ids[1]): 2}, {str(ids[2]): 3, str(ids[0]): 1}]
    assert (await post(guest, body(total=400, cart_id=cart, cart_lines=[str(ids[1])]))).status_code == 409


async def test_lines_that_a_cart_does_not_have_are_named(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    lamp, cart = await for_sale(it, 100), str(uuid7())
    line = CartLine(variant_id=lamp.variants[0].variant_id, quantity=1, selected=False)
    know(it, monkeypatch, {cart: CartLines(lines=[line], version=1)})
    mine, strange = str(line.variant_id), str(uuid7())
    for changes, named in (
        ({"cart_id": cart}, {"cart_id"}),  # nothing is selected
        ({"cart_id": cart, "cart_lines": [mine, strange]}, {"cart_lines[1]"}),
        ({"cart_id": cart, "cart_lines": []}, {"cart_lines"}),
        ({"cart_id": cart, "cart_lines": ["x", 5]}, {"cart_lines[0]", "cart_lines[1]"}),
        ({"cart_lines": [mine]}, {"lines", "cart_lines"}),
        ({"cart_id": cart, "cart_lines": [mine] * 201}, {"cart_lines"}),
    ):
        answer = await post(it.client(), body(total=100, **changes))
        assert (answer.status_code, fields(answer)) == (422, named)
    answer = await post(it.client(), body((lamp, 1), cart_id=cart, cart_version=1, cart_lines=[mine]))
    assert (answer.status_code, fields(answer)) == (422, {"cart_lines"})


async def test_a_cart_alone_gives_its_lines_once(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    lamp, user = await for_sale(it, 100), uuid7()
    carts: dict[str, CartLines] = {}

    know(it, monkeypatch, carts)
    lines = [CartLine(variant_id=lamp.variants[0].variant_id, quantity=2)]
    mine, guests, empty = str(uuid7()), str(uuid7()), str(uuid7())
    carts[mine] = CartLines(lines=lines, version=3, user_id=user)
    carts[guests] = CartLines(lines=lines, version=1)
    carts[empty] = CartLines(lines=[], version=1)
    shopper = it.client("shopper", user_id=user)

    order = await post(shopper, body(total=200, cart_id=mine), "cart-key")
    assert order.status_code == 201, order.text
    carts[mine] = CartLines(lines=[], version=4, user_id=user)  # carts has heard of it
    again = await post(shopper, body(total=200, cart_id=mine), "cart-key")
    assert (again.status_code, again.content) == (201, order.content)

    assert (await post(it.client(), body(total=200, cart_id=guests))).status_code == 201
    assert (await post(it.client(), body(total=200, cart_id=guests))).status_code == 409
    for client, cart in ((it.client("shopper"), mine), (it.client(), mine), (shopper, empty), (shopper, str(uuid7()))):
        answer = await post(client, body(total=200, cart_id=cart))
        assert answer.status_code == 422
        assert fields(answer) == {"cart_id"}


async def test_a_cart_that_nobody_knows_is_named(it: Alone) -> None:
    answer = await post(it.client(), body(total=200, cart_id=str(uuid7())))
    assert answer.status_code == 422
    assert fields(answer) == {"cart_id"}


async def test_an_order_is_split_by_seller(it: Alone) -> None:
    lamp, desk = await for_sale(it, 100), await for_sale(it, 200)
    more = await for_sale(it, 300, seller_id=lamp.seller_id)
    order = await placed(it.client(), (lamp, 1), (desk, 1), (more, 1))
    assert {p["seller_id"] for p in order["parcels"]} == {str(lamp.seller_id), str(desk.seller_id)}
    assert len(order["parcels"]) == 2
    assert len(order["lines"]) == 3


async def test_nothing_of_a_refused_order_is_announced(it: Alone) -> None:
    known = {UUID(str(row["id"])) for row in await it.sql("SELECT id FROM orders")}
    known |= {UUID(str(row["id"])) for row in await it.sql("SELECT id FROM orders", store=it.other)}
    assert {e.order_id for e in await it.published(OrderPlaced)} <= known
    assert not [m for m in it.messages if m.type == OrderExpiryDue.event_name()], "a timer went off early"
