"""Products for the tests of search, as the catalogue tells of them; among them real books."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx

from tests.harness import Alone
from tradehall.contracts.catalog import ProductCreated, SpecificationFacts, VariantFacts
from tradehall.contracts.identity import SellerCreated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7

# Of goodbooks-10k (zygmuntz/goodbooks-10k), `books.csv`: 320 lines, and all of them where they are beside the checkout.
SAMPLE = Path(__file__).parents[1] / "catalog" / "books.csv"
BOOKS = Path(__file__).parents[4] / "shared" / "data" / "books.csv"
SEARCH = "/api/v1/search"
_anew = count(1)
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def product(name: str, *, sku: str = "", price: int = 1000, prices: Sequence[int] = (), **more: Any) -> ProductCreated:
    """Published, one variant; `prices` for several."""
    product_id = more.pop("product_id", None) or uuid7()
    sku = sku or f"SKU-{product_id.int % 10**10:010}"  # in digits: no word that a test looks for begins like it
    return ProductCreated(
        **{
            "product_id": product_id,
            "seller_id": uuid5(NAMESPACE_URL, "seller"),
            "slug": f"p-{product_id.hex}",
            "name": name,
            "status": "published",
            "currency": "USD",
            "published_at": BEGAN,
            "variants": [
                VariantFacts(
                    variant_id=uuid5(product_id, str(place)),
                    sku=sku if not place else f"{sku}-{place}",
                    title=name,
                    options={},
                    price=one,
                )
                for place, one in enumerate(prices or [price])
            ],
            **more,
        }
    )


def variant_of(product: ProductCreated, place: int = 0) -> UUID:
    return product.variants[place].variant_id


def said(code: str, value: str | int | float | bool, *, unit: str = "") -> SpecificationFacts:
    return SpecificationFacts(name=code.title(), value=value, attribute=code, unit=unit)


def books(path: Path = SAMPLE, salt: str = "") -> Iterator[ProductCreated]:
    """Titles, authors and figures alone: no description."""
    with path.open(encoding="utf-8") as file:
        for place, row in enumerate(csv.DictReader(file)):
            authors = row["authors"]
            product_id = uuid5(NAMESPACE_URL, f"{salt}{row['book_id']}")
            slug = "".join(c if c.isalnum() else "-" for c in authors.lower())[:80].strip("-")
            facts = [said("language", row["language_code"] or "none")]
            if year := row["original_publication_year"]:
                facts.append(said("year", int(float(year))))
            yield product(
                row["title"][:200],
                product_id=product_id,
                sku=f"GB-{row['book_id']}",
                price=500 + 7 * (place % 300),
                brand=authors[:100],
                brand_slug=slug or "nobody",
                categories=["books", "fiction" if place % 3 else "other"],
                tags=["classic"] if year and float(year) < 1950 else ["new"],
                specifications=facts,
                rating_average=float(row["average_rating"]),
                rating_count=int(row["ratings_count"]),
                published_at=BEGAN + timedelta(minutes=place),
            )


async def a_seller(it: Alone, slug: str = "pilcrow", store: Store | None = None) -> UUID:
    seller_id = uuid5(NAMESPACE_URL, "seller" if slug == "pilcrow" else slug)
    event = SellerCreated(seller_id=seller_id, user_id=uuid7(), slug=slug, name=slug.title(), description="")
    await it.given(event, key=seller_id, store=store)
    return seller_id


async def stock_up(it: Alone, products: Sequence[ProductCreated], store: Store | None = None) -> None:
    """On the shelf when this returns."""
    for start in range(0, len(products), 1000):
        await it.given_all([(one, one.product_id) for one in products[start : start + 1000]], store)


async def has_vectors(it: Alone) -> bool:
    """All products have theirs, where they get them later."""
    return not await it.sql("SELECT number FROM vectors WHERE stale LIMIT 1")


async def find(client: httpx.AsyncClient, q: str = "", **params: Any) -> dict[str, Any]:
    """Past the answers that are kept for a moment."""
    answer = await client.get(SEARCH, params={"q": q, "_": next(_anew), **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def names(client: httpx.AsyncClient, q: str = "", **params: Any) -> list[str]:
    return [item["name"] for item in (await find(client, q, **params))["items"]]
