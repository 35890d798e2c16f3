"""`atlantic` is the marketplace it stands for: found by misspelt words, bought of several sellers at once and told of in the
eight order events, commented on and rated, counted."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

from tests.contracts.test_contracts import GOLDEN, shape
from tests.journeys.program import Program
from tests.journeys.shop import MAILS, PAPERS, WAY, Json, People, Person, equals, eventually
from tradehall.kernel.bus.nats import NatsBus

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SHAPES = {path.stem: shape(json.loads(path.read_text())) for path in GOLDEN}
PUBLISHERS = {"InventoryReserved": "inventory", "PaymentProcessed": "payments"}


async def test_a_marketplace(people: People, program: Program) -> None:
    admin = await people.admin("atlantic")
    tent, stove = await found(people.guest("atlantic"), admin)
    buyer = await people.shopper("atlantic")
    order = await bought_of_two(people, buyer, admin, tent, stove)
    await rated(people, buyer, order, tent)
    back = await sent_back(people, buyer, order, tent, stove)
    other = await buyer.buy([(stove, 1)])
    await buyer.until(other, "CONFIRMED")
    await buyer.ask("POST", f"/api/v1/orders/{other['id']}/cancel", {"reason": "Changed my mind"})
    await told(program, order, other, back)


async def found(visitor: Person, admin: Person) -> tuple[Json, Json]:
    """A tent of one seller and a stove of another, by people who cannot spell; what they looked at is counted."""

    async def views() -> int:
        return int((await admin.get("/api/v1/analytics/dashboard"))["funnel"]["views"])

    await admin.ask("PUT", "/api/v1/analytics/settings", {"clicks": "counted", "margin": 15})
    before, seen = await views(), 0
    variants = []
    for words, slug in (("treking tentt", "alder-trekking-tent"), ("pocket gass stov", "pocket-gas-stove")):
        listed = await visitor.http.get("/products", params={"q": words}, headers=BROWSER)
        assert f'href="/products/{slug}"' in listed.text
        page = await visitor.http.get(f"/products/{slug}", headers=BROWSER)
        assert 'data-view="product"' in page.text
        assert "/static/clicks." in page.text
        product = await visitor.get(f"/api/v1/products/{slug}")
        click = {"kind": "product", "product": product["id"]}
        await visitor.ask("POST", "/api/v1/clicks", {"clicks": [click] * 2}, status=204, headers=BROWSER)
        seen += 2
        await equals(before + seen, views)
        await visitor.ask("POST", "/api/v1/clicks", {"clicks": [click]}, status=204, headers={"user-agent": "curl/8"})
        enough = [variant for variant in product["variants"] if variant["available"] >= 4]
        variants.append(enough[0] | {"slug": slug, "product": product["id"], "seller": product["seller"]})
    assert await views() == before + seen
    return variants[0], variants[1]


async def bought_of_two(people: People, buyer: Person, admin: Person, tent: Json, stove: Json) -> Json:
    """In one order, of which each seller sees and moves its own."""
    one, other = [await people.seller("atlantic", slug) for slug in ("northlight", "foldworks")]
    order = await buyer.buy([(tent, 1), (stove, 2)])
    confirmed = await buyer.until(order, "CONFIRMED")
    assert {parcel["seller_id"] for parcel in confirmed["parcels"]} == {tent["seller"]["id"], stove["seller"]["id"]}
    path = f"/api/v1/orders/{order['id']}"
    seen = await one.get(path)
    assert [line["variant_id"] for line in seen["lines"]] == [tent["id"]]
    assert [parcel["seller_id"] for parcel in seen["parcels"]] == [tent["seller"]["id"]]
    stranger = await people.seller("atlantic", "kestrel-optics")
    assert (await stranger.http.get(path)).status_code == 404

    await one.ask("POST", f"{path}/ship", PAPERS)
    assert (await buyer.get(path))["status"] == "PROCESSING"
    await one.ask("POST", f"{path}/deliver", {})
    assert (await buyer.get(path))["status"] == "PROCESSING"
    await other.ask("POST", f"{path}/ship", PAPERS | {"tracking_number": "HP-2"})
    assert (await buyer.get(path))["status"] == "SHIPPED"
    await other.ask("POST", f"{path}/deliver", {})
    await buyer.until(order, "DELIVERED")
    assert await buyer.history(order) == WAY
    for variant in (tent, stove):
        await equals(["hold", "deduct"], lambda variant=variant: admin.movements(variant, order))
    await equals(sorted([*MAILS, "order_shipped", "parcel_delivered"]), lambda: buyer.mails(order))
    return order


async def rated(people: People, buyer: Person, order: Json, tent: Json) -> None:
    """With a comment, both shown at the product; who has bought nothing says nothing."""

    async def stars() -> tuple[list[int], int]:
        product = await people.guest("atlantic").get(f"/api/v1/products/{tent['slug']}")
        return product["distribution"], (product["rating"] or {"count": 0})["count"]

    async def reviewed() -> Json | None:
        words = {"variant_id": tent["id"], "rating": 5, "title": "Dry", "text": f"Dry in {order['number']} storms."}
        answer = await buyer.http.post(f"/api/v1/orders/{order['id']}/reviews", json=words)
        return answer.json() if answer.is_success else None  # reviews hears of the arrival a moment later

    before, count = await stars()
    review = await eventually(reviewed)
    comments = f"/api/v1/reviews/{review['id']}/comments"
    await buyer.ask("POST", comments, {"text": "The pegs bend, though."})
    stranger = await people.shopper("atlantic")
    refused = await stranger.ask("POST", comments, {"text": "Mine did not."}, status=403)
    assert refused["type"] == "not-bought"
    await equals(([*before[:4], before[4] + 1], count + 1), stars)

    async def shown() -> list[bool]:
        page = (await people.guest("atlantic").http.get(f"/products/{tent['slug']}")).text
        return [words in page for words in (f"Dry in {order['number']} storms.", "The pegs bend")]

    await equals([True] * 2, shown)


async def sent_back(people: People, buyer: Person, order: Json, *bought: Json) -> int:
    """All of it, to each seller its own; what is given back, in minor units."""
    lines = (await buyer.get(f"/api/v1/orders/{order['id']}"))["lines"]
    asked = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in lines]
    made = await buyer.ask(
        "POST",
        f"/api/v1/orders/{order['id']}/returns",
        {"lines": asked, "reason": "Too small"},
        headers={"idempotency-key": f"back-{order['id']}"},
    )
    sellers = {variant["seller"]["id"]: variant["seller"]["slug"] for variant in bought}
    back = 0
    for one in made["items"]:
        seller = await people.seller("atlantic", sellers[one["seller_id"]])
        path = f"/api/v1/returns/{one['id']}"
        await seller.ask("POST", f"{path}/approve", {"answer": "Send it."})
        done = await seller.ask("POST", f"{path}/receive", {})
        back += sum(line["refund"]["amount"] for line in done["lines"])
    await buyer.until(order, "RETURNED")
    return back


async def told(program: Program, order: Json, other: Json, back: int) -> None:
    """To every service, in the reference's shapes, of these very orders: one that came back, and one that was cancelled."""
    of_both = Counter(list(SHAPES)) + Counter(["OrderShipped", "OrderReturned"])
    begun = Counter(["OrderCreated", "InventoryReserved", "OrderValidated", "PaymentProcessed"])
    heard = await events_of(program, {order["id"], other["id"]}, (of_both + begun).total())
    assert Counter(name for name, _ in heard) == of_both + begun
    for name, event in heard:
        assert shape(event) == SHAPES[name], name
    of_order = {name: event for name, event in heard if event["orderId"] == order["id"]}
    total = order["total"]["amount"]
    assert of_order["OrderCreated"]["totalPrice"] == of_order["PaymentProcessed"]["amount"] == total / 100
    assert of_order["PaymentProcessed"]["paymentStatus"] == "SUCCESS"
    bought = {line["product_id"]: line["quantity"] for line in order["lines"]}
    for name in ("OrderCreated", "InventoryReserved"):
        assert {item["productId"]: item["quantity"] for item in of_order[name]["items"]} == bought
    numbers = {event["trackingNumber"] for name, event in heard if name == "OrderShipped"}
    assert numbers == {"HP-1", "HP-2"}
    refunds = [event["refundAmount"] for name, event in heard if name == "OrderReturned"]
    assert round(sum(refunds) * 100) == back
    of_other = {name: event for name, event in heard if event["orderId"] == other["id"]}
    assert of_other["OrderCancelled"]["cancellationReason"] == "Changed my mind"


async def events_of(program: Program, orders: set[str], least: int) -> list[tuple[str, Json]]:
    """From the broker, where any other system would read them."""
    running: dict[str, Any] = json.loads((program.data / "running.json").read_text())
    bus = await NatsBus.connect(running["nats_url"], name="journeys")
    found: list[tuple[str, Json]] = []
    try:
        types = [(PUBLISHERS.get(name, "orders"), name) for name in SHAPES]
        subscription = await bus.subscribe(None, types, since=timedelta(minutes=10))
        async with asyncio.timeout(20):
            while len(found) < least:
                for message in await subscription.batch(200, 1):
                    event = json.loads(message.payload)
                    if event["orderId"] in orders:
                        found.append((message.type, event))
        await subscription.close()
    finally:
        await bus.close()
    return found
