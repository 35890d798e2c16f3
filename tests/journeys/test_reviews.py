"""From the delivered parcel to the stars in the shop, and back: in an account and by a guest's link."""

from typing import Any

from tests.journeys.shop import PAPERS, People, Person, equals
from tests.services.catalog.goods import picture


async def arrived(buyer: Person, admin: Person, variant: dict[str, Any]) -> dict[str, Any]:
    order = await buyer.buy([(variant, 1)])
    await buyer.until(order, "CONFIRMED")
    await admin.ask("POST", f"/api/v1/orders/{order['id']}/ship", PAPERS)
    await admin.ask("POST", f"/api/v1/orders/{order['id']}/deliver", {})

    async def open() -> list[bool]:
        answer = await buyer.http.get(f"/api/v1/orders/{order['id']}/reviews", params={"token": order["link"]})
        return [line["open"] for line in answer.json()["items"]] if answer.is_success else []

    await equals([True], open)
    return order


async def rated(reader: Person, slug: str) -> tuple[list[int], int]:
    """What the catalogue shows: the stars of the reviews, and how many ratings in all."""
    product = await reader.get(f"/api/v1/products/{slug}")
    return product["distribution"], (product["rating"] or {"count": 0})["count"]


async def test_a_review_from_the_parcel_to_the_shop_and_back(people: People) -> None:
    buyer, admin, guest = await people.shopper("atlantic"), await people.admin("atlantic"), people.guest("atlantic")
    variant = await buyer.choose(seller="northlight", least=6)
    slug = variant["slug"]
    stars, count = await rated(guest, slug)
    order = await arrived(buyer, admin, variant)
    words = {"rating": 4, "title": "Holds", "text": "Two weeks of wind, and it still stands."}
    path = f"/api/v1/orders/{order['id']}/reviews"
    review = await buyer.ask("POST", path, words | {"variant_id": variant["id"]})
    await equals(([*stars[:3], stars[3] + 1, stars[4]], count + 1), lambda: rated(guest, slug))
    own = f"/api/v1/reviews/{review['id']}"
    shown = await buyer.ask("POST", f"{own}/pictures", files={"image": ("a.webp", picture("WEBP"), "image/webp")})
    told = ["still stands", "Thank you for two weeks", "Four weeks now.", shown["pictures"][0]["thumb"]]

    seller, stranger = await people.seller("atlantic", "northlight"), await people.seller("atlantic", "foldworks")
    await stranger.ask("PUT", f"{own}/reply", {"text": "Buy mine."}, status=404)
    await seller.ask("PUT", f"{own}/reply", {"text": "Thank you for two weeks."})
    await buyer.ask("POST", f"{own}/comments", {"text": "Four weeks now."})

    async def page() -> list[bool]:
        text = (await guest.http.get(f"/products/{slug}")).text
        return [part in text for part in told]

    await equals([True] * 4, page)
    await buyer.ask("PUT", own, words | {"rating": 2})
    await equals(([stars[0], stars[1] + 1, *stars[2:]], count + 1), lambda: rated(guest, slug))
    await buyer.ask("DELETE", own)
    await equals((stars, count), lambda: rated(guest, slug))
    await equals([False] * 4, page)


async def test_a_guest_reviews_by_the_link_and_an_admin_hides_it(people: People) -> None:
    guest, admin = people.guest("boutique"), await people.admin("boutique")
    variant = await guest.choose(least=6)
    slug = variant["slug"]
    before = await rated(guest, slug)
    order = await arrived(guest, admin, variant)
    path, body = f"/api/v1/orders/{order['id']}/reviews", {"variant_id": variant["id"], "rating": 1}
    await guest.ask("POST", path, body, status=404)
    review = await guest.ask("POST", path, body, params={"token": order["link"]})
    await equals(before[1] + 1, lambda: _count(guest, slug))
    page = await guest.http.get(f"/orders/{order['id']}", params={"token": order["link"]})
    assert f"/orders/{order['id']}/reviews?token={order['link']}" in page.text
    await admin.ask("PUT", f"/api/v1/reviews/{review['id']}/status", {"status": "hidden", "reason": "No word."})
    await equals(before, lambda: rated(guest, slug))


async def _count(reader: Person, slug: str) -> int:
    return (await rated(reader, slug))[1]
