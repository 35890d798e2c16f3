"""A shopper's order, end to end. What makes each of the five stores what it is has a journey of its own."""

import pytest

from tests.journeys.shop import People, equals, sent_on


@pytest.mark.parametrize("store", ["bazaar", "mini"])
async def test_account_checkout_from_the_cart(people: People, store: str) -> None:
    guest = people.guest(store)
    variant, other = await guest.choose(sort="price"), await guest.choose(sort="-price")
    before = variant["available"]
    refused = await guest.http.post("/api/v1/orders", json=await guest.draft([(variant, 1)], "card-simulated", "tok_ok"),
                                    headers={"idempotency-key": "guest"})  # fmt: skip
    assert refused.status_code == 401

    shopper, admin = await people.shopper(store), await people.admin(store)
    await shopper.ask("POST", "/api/v1/cart/items", {"variant_id": variant["id"], "quantity": 1}, status=201)
    await shopper.ask("POST", "/api/v1/cart/items", {"variant_id": other["id"], "quantity": 2}, status=201)
    await shopper.ask("PUT", f"/api/v1/cart/items/{variant['id']}", {"quantity": 2})
    cart = await shopper.get("/api/v1/cart")
    draft = await shopper.draft([(variant, 2), (other, 2)], "card-simulated", "tok_ok")
    assert cart["subtotal"]["amount"] == 2 * (variant["price"]["amount"] + other["price"]["amount"])
    order = await shopper.place(draft | {"lines": [], "cart_id": cart["id"]})
    assert order["status"] == "PENDING"

    await sent_on(shopper, admin, order, [variant, other])
    (listed,) = (await shopper.get("/api/v1/orders"))["items"]
    assert (listed["id"], listed["status"]) == (order["id"], "DELIVERED")

    async def shown() -> int:
        page = await guest.get(f"/api/v1/products/{variant['slug']}")
        (found,) = [v["available"] for v in page["variants"] if v["id"] == variant["id"]]
        return int(found)

    await equals(before - 2, shown)

    async def left_in_cart() -> int:
        return int((await shopper.get("/api/v1/cart"))["count"])

    await equals(0, left_in_cart)


async def test_cancelling_a_paid_order_refunds_and_restocks(people: People) -> None:
    buyer, admin = await people.shopper("bazaar"), await people.admin("bazaar")
    variant = await buyer.choose(least=6)
    before = await admin.levels(variant)
    order = await buyer.buy([(variant, 3)])
    await buyer.until(order, "CONFIRMED")
    await buyer.ask("POST", f"/api/v1/orders/{order['id']}/cancel", {"reason": "Changed my mind"})
    await equals(before, lambda: admin.levels(variant))

    async def money() -> tuple[str, int]:
        payment = await admin.get(f"/api/v1/payments/{order['id']}")
        return payment["status"], payment["refunded"]["amount"]

    await equals(("refunded", order["total"]["amount"]), money)


@pytest.mark.parametrize("token", ["tok_timeout", "tok_late", "tok_twice"])
async def test_slow_silent_and_stuttering_providers_charge_once(people: People, token: str) -> None:
    buyer, admin = people.guest("atlantic"), await people.admin("atlantic")
    variant = await buyer.choose(least=6)
    order = await buyer.buy([(variant, 1)], token=token)
    await buyer.until(order, "CONFIRMED", timeout=45)
    payment = await admin.get(f"/api/v1/payments/{order['id']}")
    assert payment["status"] == "paid"
    assert payment["amount"] == order["total"]
    await equals(["hold", "deduct"], lambda: admin.movements(variant, order))


async def test_total_that_changed_is_refused_and_nothing_is_made(people: People) -> None:
    buyer = people.guest("atlantic")
    variant = await buyer.choose()
    draft = await buyer.draft([(variant, 1)], "card-simulated", "tok_ok")
    draft["expected_total"]["amount"] -= 1
    problem = await buyer.ask("POST", "/api/v1/orders", draft, status=409, headers={"idempotency-key": "cheaper"})
    assert problem["type"] == "total-changed"


async def test_same_key_makes_one_order(people: People) -> None:
    buyer = people.guest("atlantic")
    variant = await buyer.choose()
    draft = await buyer.draft([(variant, 1)], "card-simulated", "tok_ok")
    first = await buyer.place(draft, key="the-same")
    again = await buyer.place(draft, key="the-same")
    assert again["id"] == first["id"]
