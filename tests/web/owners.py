"""Sellers and their products, in front of the back office's pages."""

from typing import Any

import httpx

from tests.harness import Alone
from tests.web.browser import Browser, Form

HTML = {"accept": "text/html"}
NEW = "/admin/products/new"
LIMIT = 100_000  # bytes of HTML


class Owner:
    """A seller: with a client of the API, and at the back office."""

    def __init__(self, it: Alone, id: Any, api: httpx.AsyncClient) -> None:
        self.id, self.api = id, api
        self.page = at_the_back_office(it, api)


def at_the_back_office(it: Alone, api: httpx.AsyncClient) -> Browser:
    client = it.client()
    client.headers.update(HTML)
    client.cookies.set("session", f"{api.headers['authorization'].removeprefix('Bearer ')}~none")
    return Browser(client)


async def kitchen(it: Alone) -> httpx.AsyncClient:
    """Categories of which one asks for details; the store's admin, who made them."""
    admin = it.client("store_admin")
    for slug, name, parent in [("kitchen", "Kitchen", None), ("mugs", "Mugs", "kitchen"), ("plain", "Plain", None)]:
        await admin.post("/api/v1/categories", json={"slug": slug, "name": name, "parent": parent})
    for body in [
        {"code": "volume", "name": "Volume", "kind": "number", "unit": "ml", "required": True},
        {"code": "glaze", "name": "Glaze", "kind": "choice", "choices": ["Ash", "Salt"]},
        {"code": "oven", "name": "Oven-proof", "kind": "boolean"},
    ]:
        answer = await admin.post("/api/v1/attributes", json=body | {"categories": ["kitchen"]})
        assert answer.status_code == 201, answer.text
    return admin


def fields(browser: Browser, action: str) -> dict[str, Any]:
    return Form(browser.page.text, action).fields


async def shown(owner: Owner, product_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await owner.api.get(f"/api/v1/manage/products/{product_id}")).json()
    return found


def place_of(browser: Browser) -> tuple[str, str]:
    """Where a product's page is, and its product."""
    path = browser.page.url.path
    assert path.startswith("/admin/products/"), browser.page.text
    return path, path.rpartition("/")[2]
