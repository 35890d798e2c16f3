"""A shopper's order, end to end, in each of the five stores the way that store sells."""

from typing import Any

import pytest

from tests.journeys.shop import People, Person, equals
from tradehall.demo.stories import receipt

WAY = ["PENDING", "CONFIRMED", "PROCESSING", "SHIPPED", "DELIVERED"]
MAILS = ["order_confirmed", "order_delivered", "order_placed", "order_shipped"]


async def sent_on(buyer: Person, admin: Person, order: dict[str, Any], variants: list[dict[str, Any]]) -> None:
    """From CONFIRMED to DELIVERED, and everything that must have happened beside it."""
    confirmed = await buyer.until(order, "CONFIRMED")
    assert await buyer.history(order) == WAY[:2]
    for variant in variants:
        await equals(["hold", "deduct"], lambda variant=variant: admin.movements(variant, order))
    path, token = f"/api/v1/orders/{order['id']}", {"token": order["link"]}

    async def shipments() -> list[str]:
        answer = await buyer.http.get(f"{path}/shipments", params=token)
        return [x["status"] for x in answer.json()["items"]] if answer.is_success else []

    parcels = len(confirmed["parcels"])
    await equals(["PREPARING"] * parcels, shipments)
    await admin.ask("POST", f"{path}/ship", {"carrier": "Harbor Parcel", "tracking_number": "HP-1"})
    await equals(["SHIPPED"] * parcels, shipments)
    await admin.ask("POST", f"{path}/deliver", {})
    await equals(["DELIVERED"] * parcels, shipments)
    assert await buyer.history(order) == WAY
    await equals(sorted(MAILS + ["order_shipped", "parcel_delivered"] * (parcels - 1)), lambda: buyer.mails(order))
    letter = (await buyer.get("/api/v1/mailbox", q=order["number"]))["items"][0]
    mail = await buyer.get(f"/api/v1/mailbox/{letter['id']}")
    assert letter["to"] == buyer.email
    assert order["number"] in mail["text"]
    assert order["number"] in mail["html"]


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


async def test_guest_checkout_only(people: People) -> None:
    guest, admin = people.guest("boutique"), await people.admin("boutique")
    variant = await guest.choose()
    draft = await guest.draft([(variant, 1)], "card-simulated", "tok_ok")
    account = people.guest("boutique")
    body = {"email": account.email, "password": "tradehall-demo", "name": "Ada"}
    if (await account.http.post("/api/v1/auth/register", json=body)).is_success:
        await account.sign_in()
        refused = await account.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": "account"})
        assert refused.status_code in (403, 409), refused.text
    order = await guest.place(draft)
    await sent_on(guest, admin, order, [variant])
    assert (await guest.http.get(f"/api/v1/orders/{order['id']}")).status_code == 404  # the link is the key
    guessed = await guest.http.get(f"/api/v1/orders/{order['id']}", params={"token": "0" * 40})
    assert guessed.status_code == 404


async def test_proof_is_uploaded_reviewed_and_approved(people: People) -> None:
    buyer, admin = await people.shopper("motors"), await people.admin("motors")
    car = await buyer.choose(least=1)
    order = await buyer.buy([(car, 1)], "proof")
    await _prove(buyer, order)
    (waiting,) = [
        p for p in (await admin.get("/api/v1/payments", status="review"))["items"] if p["order_id"] == order["id"]
    ]
    slip = await admin.http.get(waiting["proof"]["url"])
    assert (slip.status_code, slip.headers["content-type"]) == (200, "image/png")
    assert (await buyer.until(order, "PENDING"))["status"] == "PENDING"
    await admin.ask("POST", f"/api/v1/payments/{waiting['id']}/approve", {"note": "Received."})
    await sent_on(buyer, admin, order, [car])


async def test_rejected_proof_gives_the_car_back(people: People) -> None:
    buyer, admin = await people.shopper("motors"), await people.admin("motors")
    car = await buyer.choose(least=1)
    before = await admin.levels(car)
    order = await buyer.buy([(car, 1)], "proof")
    await _prove(buyer, order)
    await admin.ask("POST", f"/api/v1/payments/{order['id']}/reject", {"note": "Another amount."})
    await buyer.until(order, "REJECTED")
    await equals(before, lambda: admin.levels(car))
    await equals(["order_cancelled", "order_placed"], lambda: buyer.mails(order))
    late = await buyer.http.post(f"/api/v1/payments/{order['id']}/proof", files={"file": _slip(order)})
    assert late.status_code == 409


async def test_several_sellers_in_one_order_ship_their_own(people: People) -> None:
    buyer, admin = await people.shopper("atlantic"), await people.admin("atlantic")
    one, other = [await people.seller("atlantic", slug) for slug in ("northlight", "foldworks")]
    tent, stove = await buyer.choose(seller="northlight"), await buyer.choose(seller="foldworks")
    order = await buyer.buy([(tent, 1), (stove, 2)])
    confirmed = await buyer.until(order, "CONFIRMED")
    assert {parcel["seller_id"] for parcel in confirmed["parcels"]} == {tent["seller"]["id"], stove["seller"]["id"]}
    path = f"/api/v1/orders/{order['id']}"
    seen = await one.get(path)
    assert [line["variant_id"] for line in seen["lines"]] == [tent["id"]]
    assert [parcel["seller_id"] for parcel in seen["parcels"]] == [tent["seller"]["id"]]
    stranger = await people.seller("atlantic", "kestrel-optics")
    assert (await stranger.http.get(path)).status_code == 404

    papers = {"carrier": "Harbor Parcel", "tracking_number": "HP-1"}
    await one.ask("POST", f"{path}/ship", papers)
    assert (await buyer.get(path))["status"] == "PROCESSING"
    await one.ask("POST", f"{path}/deliver", {})
    assert (await buyer.get(path))["status"] == "PROCESSING"
    await other.ask("POST", f"{path}/ship", papers | {"tracking_number": "HP-2"})
    assert (await buyer.get(path))["status"] == "SHIPPED"
    await other.ask("POST", f"{path}/deliver", {})
    await buyer.until(order, "DELIVERED")
    assert await buyer.history(order) == WAY
    for variant in (tent, stove):
        await equals(["hold", "deduct"], lambda variant=variant: admin.movements(variant, order))
    await equals(sorted([*MAILS, "order_shipped", "parcel_delivered"]), lambda: buyer.mails(order))


async def test_declined_card_cancels_and_charges_nobody(people: People) -> None:
    buyer, admin = people.guest("atlantic"), await people.admin("atlantic")
    variant = await buyer.choose(least=6)
    before = await admin.levels(variant)
    order = await buyer.buy([(variant, 5)], token="tok_declined")
    await buyer.until(order, "CANCELLED")
    await equals(before, lambda: admin.levels(variant))
    payment = await admin.get(f"/api/v1/payments/{order['id']}")
    assert payment["status"] == "declined"
    await equals(["order_cancelled", "order_placed"], lambda: buyer.mails(order))
    assert await buyer.history(order) == ["PENDING", "CANCELLED"]


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


async def _prove(buyer: Person, order: dict[str, Any]) -> None:
    """Once the goods are held, payments takes the proof."""

    async def uploaded() -> int:
        answer = await buyer.http.post(
            f"/api/v1/payments/{order['id']}/proof", files={"file": _slip(order)}, params={"token": order["link"]}
        )
        assert answer.status_code in (200, 404, 409), answer.text
        return answer.status_code

    await equals(200, uploaded)


def _slip(order: dict[str, Any]) -> tuple[str, bytes, str]:
    return ("slip.png", receipt(order["number"], "USD 1.00", "Ada Quill"), "image/png")
