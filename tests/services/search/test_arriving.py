"""Search in an installation that had products before: it hears of all there is, without anybody doing anything."""

from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

import tradehall.services
from tests.harness import eventually, together
from tests.services.inventory.stocking import a_warehouse
from tests.services.search.shelf import find
from tradehall.app import load
from tradehall.kernel import provision
from tradehall.kernel.settings import Settings

BEFORE = ["identity", "catalog", "inventory"]
TELLING = "*_tell_search.sql"


async def tell_again(settings: Settings) -> None:
    """The migrations by which the others tell of what they had when search came."""
    for service in BEFORE:
        database = provision.database_of(settings, service)
        connection = await asyncpg.connect(urlsplit(settings.database_url)._replace(path=f"/{database}").geturl())
        try:
            await connection.execute(f"SET ROLE {provision.OWNER}")
            folder = Path(next(iter(tradehall.services.__path__))) / service / "migrations"
            (migration,) = folder.glob(TELLING)
            await connection.execute(migration.read_text())
        finally:
            await connection.close()


@pytest.mark.timeout(120)
async def test_what_was_there_before_search_is_found(servers: Settings, tmp_path: Path) -> None:
    async with together(load([*BEFORE, "search"]), servers, tmp_path) as it:
        admin = it.client("store_admin")
        made = await admin.post(
            "/api/v1/sellers",
            json={"slug": "old-house", "name": "Old house", "email": "old@house.example", "password": "long enough"},
        )
        assert made.status_code == 201, made.text
        await a_warehouse(it)
        body = {
            "name": "Old lamp",
            "seller_id": made.json()["id"],
            "status": "published",
            "variants": [{"sku": "OLD", "price": 500}],
        }

        async def product() -> dict[str, object] | None:
            answer = await admin.post("/api/v1/products", json=body)
            return answer.json() if answer.status_code == 201 else None

        variant = (await eventually(product))["variants"][0]["id"]
        stock = {"variant_id": variant, "warehouse": "main", "quantity": 7}

        async def stocked() -> bool:
            return (await admin.post("/api/v1/stock/receive", json=stock)).status_code == 201

        await eventually(stocked)
        await it.idle()
        for table in ("documents", "stock", "sellers"):
            await it.sql(f"DELETE FROM {table}", service="search")  # as if it had not been there

        await tell_again(it.running.settings)

        async def found() -> bool:
            items = (await find(it.client(), "lamp"))["items"]
            return [(item["name"], item["available"], item["seller"]["name"]) for item in items] == [
                ("Old lamp", 7, "Old house")
            ]

        await eventually(found)
        assert await it.dead_letters() == []
