"""A product that an admin makes is found at once, by its words, by some of them misspelt, by what it is like; and what becomes of it."""

from uuid import uuid4

from tests.journeys.shop import People, Person, equals, eventually


async def found(guest: Person, q: str) -> list[str]:
    """Past the answers that are kept for a moment."""
    return [item["name"] for item in (await guest.get("/api/v1/search", q=q, _=uuid4().hex))["items"]]


async def test_a_new_product_is_found_misspelt_or_not(people: People) -> None:
    guest, admin = people.guest("atlantic"), await people.admin("atlantic")
    seller = (await guest.get("/api/v1/products", limit=1))["items"][0]["seller"]
    name = f"Zephyrine kaleidoscope {uuid4().hex[:8]}"
    body = {
        "name": name,
        "seller_id": seller["id"],
        "status": "published",
        "variants": [{"sku": uuid4().hex[:12].upper(), "price": 1900}],
    }
    made = await admin.ask("POST", "/api/v1/products", body, status=201)

    async def there() -> bool:
        return name in await found(guest, "zephyrine kaleidoscope")

    await eventually(there)
    misspelt = await guest.get("/api/v1/search", q="zefyrine kaliedoscope", facets=True)
    assert misspelt["did_you_mean"] == "zephyrine kaleidoscope"
    assert name in [item["name"] for item in misspelt["items"]]
    assert misspelt["facets"]["price"]["low"]
    suggested = await guest.get("/api/v1/search/suggestions", q="zephyrine ka")
    assert name in [one["name"] for one in suggested["products"]]
    page = await guest.http.get("/products", params={"q": "zefyrine"}, headers={"accept": "text/html"})
    assert name in page.text
    assert name not in await found(people.guest("mini"), "zephyrine kaleidoscope")

    await admin.ask("DELETE", f"/api/v1/products/{made['id']}", status=204)

    async def gone() -> bool:
        return name in await found(guest, "zephyrine kaleidoscope")

    await equals(False, gone)
