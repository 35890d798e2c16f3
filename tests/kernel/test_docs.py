"""The API's description and its page, offline."""

import re
from urllib.parse import urljoin

import httpx
import pytest

from tests.harness import Alone
from tests.kernel import shop as shop_package
from tradehall.app import load
from tradehall.kernel import docs
from tradehall.kernel.http import build_app
from tradehall.kernel.runtime import Running
from tradehall.launch import ALL


async def test_page_takes_nothing_from_elsewhere_and_runs_no_inline_script(shop: Alone) -> None:
    client = shop.client()
    page = await client.get("/api/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    links = re.findall(r'(?:src|href|spec-url)="([^"]+)"', page.text)
    assert len(links) >= 4
    for link in links:
        assert link.startswith("/api/docs/")
        answer = await client.get(urljoin("http://alpha.localhost/", link))
        assert answer.status_code == 200, link
        assert answer.content


async def test_page_is_found_at_any_host(shop: Alone) -> None:
    assert (await shop.client().get("http://nowhere.example/api/docs")).status_code == 200


@pytest.mark.parametrize("name", ["docs.html", "nothing.js", "..%2fdocs.py", "%2e%2e"])
async def test_nothing_else_is_served(shop: Alone, name: str) -> None:
    assert (await shop.client().get(f"/api/docs/{name}")).status_code == 404


async def test_document_says_who_may_ask_and_how_problems_look(shop: Alone) -> None:
    document = (await shop.client().get("/api/docs/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    assert paths["/api/v1/me"]["get"]["security"] == [{"token": []}]
    assert "security" not in paths["/api/v1/things"]["get"]
    problem = paths["/api/v1/things"]["post"]["responses"]["default"]["content"]["application/problem+json"]
    assert problem["schema"]["$ref"].rpartition("/")[2] in document["components"]["schemas"]
    assert "/health/ready" in paths
    assert "/api/docs" not in paths


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    if isinstance(node, list):
        return set().union(*map(references, node))
    return set()


def test_document_of_all_services_is_whole() -> None:
    document = docs.describe(load(list(ALL)), [])
    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.rpartition("/")[2] in schemas, reference
    tags = {tag for item in document["paths"].values() for operation in item.values() for tag in operation["tags"]}
    assert {"identity", "catalog", "orders", "payments"} <= tags
    assert not [path for path in document["paths"] if path.startswith("/internal")]


async def test_process_of_one_service_describes_all(shop: Alone) -> None:
    running = Running(shop.running.settings, [shop_package.service])
    app = build_app(running, described=lambda: load(["stores"]))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        document = (await client.get("/api/docs/openapi.json")).json()
    await running.peers.close()
    assert "/api/v1/store" in document["paths"]
    assert "/api/v1/things" not in document["paths"]
