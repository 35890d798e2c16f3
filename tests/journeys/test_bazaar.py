"""`bazaar` is the distributed bookshop it stands for: who wants to sell applies and has a portal, goods are found by what is
meant, buyers review, sellers answer, everybody is told; a saga takes back what it began, and survives being killed."""

import asyncio
from uuid import uuid4

from tests.journeys.program import Program
from tests.journeys.shop import MAILS, PAPERS, Json, People, Person, equals, eventually
from tests.journeys.test_accounts import mailed_code
from tradehall.demo import DEMO_PASSWORD

SAGA = ("orders", "inventory", "payments")  # the services that an order goes to and fro between


async def test_a_bookshop_of_many(people: People) -> None:
    admin = await people.admin("bazaar")
    seller, slug = await a_seller(people, admin)
    violin = await on_the_shelf(people, seller, slug)
    await by_meaning(people.guest("bazaar"), violin)
    buyer = await people.shopper("bazaar")
    order = await bought(people, buyer, seller, violin)
    await reviewed(people, buyer, seller, order, violin)


async def a_seller(people: People, admin: Person) -> tuple[Person, str]:
    """Applies on the page, is told that the store agrees, and has a back office from then on."""
    seller, slug = await people.shopper("bazaar"), f"s{uuid4().hex[:10]}"
    mine, office = people.browser("bazaar"), people.browser("bazaar")
    await seller.ask("POST", "/api/v1/auth/email/verify", {"code": await mailed_code(seller, "email_verification")})
    await mine.log_in(seller.email, DEMO_PASSWORD)
    await mine.open("/sell")
    asked = await mine.send("/sell", name="Bow & Bridge", slug=slug, description="Instruments for people who read.")
    assert "Bazaar looks at it." in asked.text
    assert (await mine.open("/admin/products")).status_code == 403

    me = await seller.get("/api/v1/me/seller")
    await equals(True, lambda: noted(admin, "seller_applied", "/admin/sellers?status=applied"))
    await office.log_in(admin.email, DEMO_PASSWORD)
    await office.open("/admin/sellers?status=applied")
    await office.send(f"/admin/sellers/{me['id']}/approve")
    await equals(True, lambda: noted(seller, "seller_approve", "/admin/products"))
    await seller.sign_in()
    return seller, slug


async def noted(person: Person, kind: str, link: str) -> bool:
    """In the application."""
    notes = (await person.get("/api/v1/me/notifications", limit=100))["items"]
    return any((note["kind"], note["link"]) == (kind, link) for note in notes)


async def on_the_shelf(people: People, seller: Person, slug: str) -> Json:
    """A product the seller publishes in the portal, with five in stock."""
    portal = people.browser("bazaar")
    await portal.log_in(seller.email, DEMO_PASSWORD)
    await portal.open("/admin/products/new")
    sku = f"V-{slug}"
    made = await portal.send(
        "/admin/products/new",
        name="Violin of spruce and maple",
        description="Made by one luthier in a winter. The bow is by the same hand.",
        category="curiosities",
        do="publish",
        **{"variant-0-sku": sku, "variant-0-price": "349.50"},
    )
    assert made.status_code == 200, made.text
    assert "Published" in made.text

    async def sold() -> Json | None:
        found = (await seller.get("/api/v1/manage/products", limit=10))["items"]
        return found[0] if found else None

    product = await eventually(sold)
    (variant,) = (await seller.get(f"/api/v1/manage/products/{product['id']}"))["variants"]
    assert variant["price"] == {"amount": 34950, "currency": "USD"}
    count = {"variant_id": variant["id"], "warehouse": "main", "quantity": 5}

    async def counted() -> bool:
        return (await seller.http.post("/api/v1/stock/count", json=count)).is_success

    await eventually(counted)
    return {**variant, "slug": product["slug"], "name": product["name"]}


async def by_meaning(visitor: Person, violin: Json) -> None:
    """None of the words stands at the product; on the page too."""
    words = "stringed musical instrument"

    async def among_the_first() -> bool:
        found = await visitor.get("/api/v1/search", q=words, limit=3)
        return found["semantic"] and violin["slug"] in [item["slug"] for item in found["items"]]

    await eventually(among_the_first)
    assert f'/products/{violin["slug"]}"' in (await visitor.http.get("/products", params={"q": words})).text


async def bought(people: People, buyer: Person, seller: Person, violin: Json) -> Json:
    """Sent and brought by its seller, of which the buyer is told in the application too."""

    async def left() -> int:
        product = await buyer.get(f"/api/v1/products/{violin['slug']}")
        return int(product["variants"][0]["available"])

    await equals(5, left)
    order = await buyer.buy([(violin, 1)])
    await buyer.until(order, "CONFIRMED")
    path = f"/api/v1/orders/{order['id']}"
    await seller.ask("POST", f"{path}/ship", PAPERS)
    await seller.ask("POST", f"{path}/deliver", {})
    await equals(MAILS, lambda: buyer.mails(order))
    for kind in ("order_shipped", "order_delivered"):
        await equals(True, lambda kind=kind: noted(buyer, kind, f"/orders/{order['id']}"))
    mine = people.browser("bazaar")
    await mine.log_in(buyer.email, DEMO_PASSWORD)
    assert order["number"] in (await mine.open("/notifications")).text
    await equals(4, left)
    return order


async def reviewed(people: People, buyer: Person, seller: Person, order: Json, violin: Json) -> None:
    """By who has bought it, once it has arrived; the seller answers."""
    path = f"/api/v1/orders/{order['id']}/reviews"
    words = {"variant_id": violin["id"], "rating": 5, "title": "It sings", "text": "My neighbours read aloud now."}
    stranger = await people.shopper("bazaar")
    await stranger.ask("POST", path, words, status=404)

    async def written() -> Json | None:
        answer = await buyer.http.post(path, json=words)
        return answer.json() if answer.is_success else None

    review = await eventually(written)
    await stranger.ask("POST", f"/api/v1/reviews/{review['id']}/comments", {"text": "Mine too."}, status=403)
    await seller.ask("PUT", f"/api/v1/reviews/{review['id']}/reply", {"text": "Then it is in the right house."})

    async def shown() -> list[bool]:
        page = (await stranger.http.get(f"/products/{violin['slug']}")).text
        return [said in page for said in ("My neighbours read aloud now.", "Then it is in the right house.")]

    await equals([True, True], shown)
    product = await stranger.get(f"/api/v1/products/{violin['slug']}")
    assert (product["rating"]["count"], product["distribution"]) == (1, [0, 0, 0, 0, 1])


async def test_a_declined_card_leaves_stock_and_money_as_they_were(people: People) -> None:
    buyer, admin = await people.shopper("bazaar"), await people.admin("bazaar")
    variant = await buyer.choose(least=6)
    before = await admin.levels(variant)
    order = await buyer.buy([(variant, 5)], token="tok_declined")
    await buyer.until(order, "CANCELLED")
    await equals(before, lambda: admin.levels(variant))
    payment = await admin.get(f"/api/v1/payments/{order['id']}")
    assert (payment["status"], payment["captured"]["amount"]) == ("declined", 0)
    await equals(["order_cancelled", "order_placed"], lambda: buyer.mails(order))
    assert await buyer.history(order) == ["PENDING", "CANCELLED"]
    assert await admin.movements(variant, order) == ["hold", "release"]


async def test_killed_in_the_middle_every_order_ends_as_it_should(people: People, program: Program) -> None:
    buyer, admin = await people.shopper("bazaar"), await people.admin("bazaar")
    buyer.patience = admin.patience = 60
    variant = await buyer.choose(least=6)
    on_hand, reserved = await admin.levels(variant)
    ends = {"tok_ok": "CONFIRMED", "tok_late": "CONFIRMED", "tok_declined": "CANCELLED"}
    orders = {token: await buyer.buy([(variant, 1)], token=token) for token in ends}
    if "--processes" in program.command:
        for service in SAGA:
            program.kill_service(service)
    else:
        await asyncio.to_thread(program.kill)
        program.start()
    await asyncio.to_thread(program.wait_ready)
    for token, end in ends.items():
        order = await buyer.until(orders[token], end, timeout=120)
        payment = await admin.get(f"/api/v1/payments/{order['id']}")
        taken = 0 if end == "CANCELLED" else order["total"]["amount"]
        assert payment["captured"]["amount"] == taken
    await equals((on_hand - 2, reserved), lambda: admin.levels(variant), 60)
