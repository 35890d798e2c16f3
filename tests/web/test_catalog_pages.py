"""The shop's filters and the back office's catalogue, in front of the real catalog."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harness import Alone, together
from tests.services.catalog.goods import a_seller, make, offer, picture
from tests.web.browser import Browser, Form
from tradehall.app import load
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings

HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    services = load(["catalog", "identity", "web"])
    async with together(services, servers, Path(tmp_path_factory.mktemp("pages"))) as harness:
        yield harness


@pytest.fixture(scope="module")
async def seller(it: Alone) -> httpx.AsyncClient:
    return (await a_seller(it, "garage"))[1]


@pytest.fixture(scope="module")
async def cars(it: Alone, seller: httpx.AsyncClient) -> list[dict[str, Any]]:
    admin = it.client("store_admin")
    for slug, parent in [("cars", None), ("vans", "cars"), ("parts", None)]:
        await admin.post("/api/v1/categories", json={"slug": slug, "name": slug.title(), "parent": parent})
    for body in [
        {"code": "year", "name": "Year", "kind": "number", "categories": ["cars"]},
        {"code": "power", "name": "Power", "kind": "number", "unit": "hp", "categories": ["cars"]},
        {"code": "electric", "name": "Electric", "kind": "boolean", "categories": ["cars"]},
    ]:
        assert (await admin.post("/api/v1/attributes", json=body)).status_code == 201
    return [
        await make(
            seller,
            f"Car {n:02}",
            category="vans" if n % 2 else "cars",
            brand=["Ada", "Bob"][n % 2],
            tags=["Cheap"] if n < 5 else ["Dear"],
            variants=[offer(price=1000 * (n + 1))],
            specifications={"Year": 1970 + n, "Power": 50 + n % 3, "Electric": n % 4 == 0},
        )
        for n in range(20)
    ]


def guest(it: Alone) -> Browser:
    client = it.client()
    client.headers.update(HTML)
    return Browser(client)


def admin_of(it: Alone) -> Browser:
    client = it.client()
    client.headers.update(HTML)
    client.cookies.set("session", f"{it.token('store_admin')}~none")
    return Browser(client)


def shown(page: httpx.Response) -> list[str]:
    """Names of the cards."""
    assert page.status_code == 200, page.text[:500]
    return [part.partition("</a>")[0].rpartition(">")[2] for part in page.text.split('class="card-name"')[1:]]


async def test_filters_show_counts_and_keep_what_was_chosen(it: Alone, cars: object) -> None:
    browser = guest(it)
    page = await browser.open("/products?category=cars")
    assert 'name="brand" value="ada"' in page.text
    assert "Power, hp" in page.text
    assert 'name="attr.power" value="50"' in page.text
    assert 'name="attr.year.from"' in page.text, "twenty years are a range"
    page = await browser.open("/products?category=cars&brand=bob&attr.power=50&attr.year.from=1975&sort=name")
    assert shown(page) == ["Car 09", "Car 15"]
    for chosen in ('value="bob" checked', 'name="attr.power" value="50" checked', 'name="attr.year.from"'):
        assert chosen in page.text
    assert 'value="1975"' in page.text
    form = Form(page.text[page.text.index('<form class="filters"') :], "/products").fields
    assert form | {"brand": "bob", "attr.power": "50", "attr.year.from": "1975", "sort": "name"} == form


async def test_several_values_and_pages_of_them_keep_their_filters(it: Alone, cars: object) -> None:
    browser = guest(it)
    page = await browser.open("/products?attr.power=50&attr.power=51&tag=Dear&in_stock=")
    assert len(shown(page)) == 10
    page = await browser.open("/products?attr.electric=true&min_price=30&max_price=140")
    assert sorted(shown(page)) == ["Car 04", "Car 08", "Car 12"]
    page = await browser.open("/products?category=vans&tag=Nothing&brand=bob")
    assert "No product fits all filters" in page.text
    assert 'name="tag" value="Nothing" checked' in page.text


async def test_a_filter_that_is_no_more_is_left_out(it: Alone, cars: object) -> None:
    page = await guest(it).client.get("/products?attr.gone=1&attr.power=50&attr.year.from=new")
    assert (page.status_code, page.headers["location"]) == (301, "/products?attr.power=50")
    assert page.headers["cache-control"] == "no-store"


async def test_bad_addresses_break_nothing(it: Alone, cars: object) -> None:
    browser = guest(it)
    for query in (
        "attr.=1",
        "attr.x%00=1",
        "brand=%00",
        "category=%00",
        "attr.year.from=",
        "cursor=x",
        "tag=" + "x" * 900,
    ):
        assert (await browser.open(f"/products?{query}")).status_code < 500, query


async def test_department_shows_the_way_up_and_what_is_below(it: Alone, cars: object) -> None:
    browser = guest(it)
    page = await browser.open("/products?category=vans")
    assert "<h1>Vans</h1>" in page.text
    assert 'href="/products?category=cars">Cars</a>' in page.text
    page = await browser.open("/products?category=cars")
    assert 'id="category-vans"' in page.text


async def test_product_shows_units_brand_tags_and_what_is_beside_it(
    it: Alone, seller: httpx.AsyncClient, cars: list[dict[str, Any]]
) -> None:
    page = await guest(it).open(f"/products/{cars[3]['slug']}")
    assert "<td>50 hp</td>" in page.text
    assert "<td>1973</td>" in page.text
    assert "<td>No</td>" in page.text
    assert 'href="/products?brand=bob"' in page.text
    assert 'href="/products?tag=Cheap"' in page.text
    await seller.put(f"/api/v1/products/{cars[3]['id']}/related", json={"products": [cars[18]["id"], cars[2]["id"]]})
    page = await guest(it).open(f"/products/{cars[3]['slug']}?again")
    assert shown(page) == ["Car 18", "Car 02"]


async def test_renamed_products_and_categories_are_found_by_their_old_addresses(
    it: Alone, seller: httpx.AsyncClient, cars: object
) -> None:
    made = await make(seller, "Old address")
    await seller.patch(f"/api/v1/products/{made['id']}", json={"slug": "new-address"})
    moved = await guest(it).client.get("/products/old-address")
    assert (moved.status_code, moved.headers["location"]) == (301, "/products/new-address")
    assert moved.headers["cache-control"] == "no-store"
    admin = it.client("store_admin")
    await admin.patch("/api/v1/categories/parts", json={"slug": "spares"})
    moved = await guest(it).client.get("/products?category=parts&sort=price&tag=a&tag=b")
    assert moved.status_code == 301
    assert moved.headers["location"] == "/products?category=spares&sort=price&tag=a&tag=b"


async def test_many_variants_are_a_select_that_works_without_javascript(it: Alone, seller: httpx.AsyncClient) -> None:
    variants = [offer(options={"Size": str(n), "Colour": "Red"}) for n in range(500)]
    made = await make(seller, "Vast", options=["Size", "Colour"], variants=variants)
    await it.sql("UPDATE variants SET available = 3 WHERE product_id = $1 RETURNING id", made["id"])
    await it.sql("UPDATE products SET available = 1500 WHERE id = $1 RETURNING id", made["id"])
    page = await guest(it).open(f"/products/{made['slug']}?variant={made['variants'][123]['id']}")
    fields = Form(page.text, "/cart/items").fields
    assert fields["variant"] == made["variants"][123]["id"]
    assert len(page.content) < 200_000


# --- the back office


async def test_catalogue_of_the_back_office_is_for_admins(it: Alone, seller: httpx.AsyncClient) -> None:
    for path in (
        "products",
        "products/new",
        f"products/{uuid7()}",
        f"products/{uuid7()}/variants",
        "categories",
        "brands",
        "attributes/year",
        "categories/cars",
    ):
        assert (await guest(it).client.get(f"/admin/{path}")).status_code == 303
        client = it.client()
        client.headers.update(HTML)
        client.cookies.set("session", f"{it.token('shopper')}~none")
        assert (await client.get(f"/admin/{path}")).status_code == 403


async def test_draft_is_published_and_taken_back(it: Alone, seller: httpx.AsyncClient) -> None:
    made = await make(seller, "Hidden thing", status="draft")
    admin = admin_of(it)
    page = await admin.open("/admin/products?status=draft")
    assert "Hidden thing" in page.text
    page = await admin.send(f"/admin/products/{made['id']}/publish")
    assert page.url.path == "/admin/products"
    assert "Hidden thing" not in page.text
    assert (await guest(it).open("/products/hidden-thing")).status_code == 200
    await admin.open("/admin/products?q=hidden")
    page = await admin.send(f"/admin/products/{made['id']}/unpublish")
    assert "Draft" in page.text


async def test_what_a_category_requires_is_said_where_publishing_fails(it: Alone, seller: httpx.AsyncClient) -> None:
    api = it.client("store_admin")
    await api.post("/api/v1/categories", json={"slug": "strict", "name": "Strict"})
    body = {"code": "norm", "name": "Norm", "kind": "text", "categories": ["strict"], "required": True}
    await api.post("/api/v1/attributes", json=body)
    made = await make(seller, "Without a norm", status="draft", category="strict")
    admin = admin_of(it)
    await admin.open("/admin/products?q=norm")
    page = await admin.send(f"/admin/products/{made['id']}/publish")
    assert page.status_code == 422
    assert "must say Norm" in page.text


async def test_categories_and_attributes_are_kept_by_forms(it: Alone, seller: httpx.AsyncClient) -> None:
    admin = admin_of(it)
    await admin.open("/admin/categories")
    page = await admin.send("/admin/categories", name="Garden")
    assert "/admin/categories/garden" in page.text
    await admin.open("/admin/categories/garden")
    page = await admin.send("/admin/categories", name="Tools", description="Sharp ones")
    assert str(page.url).endswith("/admin/categories/garden")
    assert "/admin/categories/tools" in page.text

    page = await admin.send("/admin/attributes", name="Grip", code="grip", kind="choice", choices="Wood\n\nSteel\n")
    assert "One of some" in page.text
    page = await admin.open("/admin/categories/tools")
    assert "Above" in page.text
    await make(seller, "Spade", category="tools", specifications={"Grip": "Wood"})
    await admin.open("/admin/attributes/grip")
    page = await admin.send("/admin/attributes/grip", choices="Steel", name="Handle", code="handle")
    assert page.url.path == "/admin/attributes/handle"
    assert "1 product says something that does not fit" in page.text
    page = await admin.open("/admin/products?misfit=handle")
    assert "Spade" in page.text
    await admin.open("/admin/attributes/handle")
    page = await admin.send("/admin/attributes/handle", kind="number", categories="nowhere")
    assert page.status_code == 422
    assert "Categories must be categories of this store" in page.text
    assert (await admin.send("/admin/attributes/handle/delete")).url.path == "/admin/categories"

    await admin.open("/admin/categories/tools")
    page = await admin.send("/admin/categories/tools", slug="hand-tools", name="Hand tools")
    assert page.url.path == "/admin/categories/hand-tools"
    assert (await admin.open("/admin/categories/tools")).url.path == "/admin/categories/hand-tools"
    page = await admin.send("/admin/categories/hand-tools", parent="hand-tools")
    assert page.status_code == 422
    assert "must not be the category itself" in page.text
    await admin.open("/admin/categories/hand-tools")
    page = await admin.send("/admin/categories/hand-tools/delete")
    assert page.status_code == 409
    assert (await admin.open("/admin/categories/nowhere")).status_code == 404


async def test_brands_are_kept_by_forms(it: Alone, seller: httpx.AsyncClient) -> None:
    await make(seller, "Branded", brand="First brand")
    admin = admin_of(it)
    page = await admin.open("/admin/brands")
    page = await admin.send("/admin/brands", name="Second brand")
    assert "Second brand" in page.text
    page = await admin.send("/admin/brands", name="second BRAND")
    assert page.status_code == 409
    await admin.open("/admin/brands")
    logo = ("logo.png", picture(size=(600, 600)), "image/png")
    page = await admin.send("/admin/brands/first-brand", name="Best brand", slug="best-brand", logo=logo)
    assert "Best brand" in page.text
    assert "/brands/" in page.text
    assert "Branded" in (await guest(it).open("/products?brand=best-brand")).text
    await admin.open("/admin/brands")
    page = await admin.send("/admin/brands/best-brand", logo=("x.png", b"none", "image/png"))
    assert page.status_code == 415
    await admin.open("/admin/brands")
    fields = {"_csrf": Form(admin.page.text, "/admin/brands/second-brand").fields["_csrf"]}
    page = await admin.client.post("/admin/brands/second-brand/delete", data=fields, follow_redirects=True)
    assert "Second brand" not in page.text
