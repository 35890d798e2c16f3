"""An installation that had products and warehouses before they were weighed and shown: shipping hears of them by itself."""

from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

import tradehall.services
from tests.harness import eventually, together
from tests.services.inventory.stocking import a_warehouse
from tradehall.app import load
from tradehall.kernel import provision
from tradehall.kernel.settings import Settings


async def tell_again(settings: Settings) -> None:
    for service in ("catalog", "inventory"):
        database = provision.database_of(settings, service)
        connection = await asyncpg.connect(urlsplit(settings.database_url)._replace(path=f"/{database}").geturl())
        try:
            await connection.execute(f"SET ROLE {provision.OWNER}")
            folder = Path(next(iter(tradehall.services.__path__))) / service / "migrations"
            await connection.execute((folder / "0020_tell_shipping.sql").read_text())
        finally:
            await connection.close()


@pytest.mark.timeout(120)
async def test_what_was_there_before_is_weighed_and_shown(servers: Settings, tmp_path: Path) -> None:
    async with together(load(["identity", "catalog", "inventory", "shipping"]), servers, tmp_path) as it:
        admin = it.client("store_admin")
        seller = {"slug": "old-house", "name": "Old house", "email": "old@house.example", "password": "long enough"}
        made = await admin.post("/api/v1/sellers", json=seller)
        assert made.status_code == 201, made.text
        await a_warehouse(it, "main", "04101")
        variant = {"sku": "OLD", "price": 500, "weight_g": 730}
        body = {"name": "Old lamp", "seller_id": made.json()["id"], "status": "published", "variants": [variant]}

        async def product() -> bool:
            return (await admin.post("/api/v1/products", json=body)).status_code == 201

        async def kept() -> list[object]:
            rows = await it.sql(
                "SELECT weight_g, code, address ->> 'zip' AS zip FROM variants, origins", service="shipping"
            )
            return [tuple(row) for row in rows] if rows and rows[0]["weight_g"] and rows[0]["code"] else []

        await eventually(product)
        assert await eventually(kept) == [(730, "main", "04101")]
        await it.idle()
        await it.sql("UPDATE variants SET weight_g = 0, told = NULL", service="shipping")
        await it.sql("UPDATE origins SET code = NULL, name = NULL, address = NULL", service="shipping")

        await tell_again(it.running.settings)
        assert await eventually(kept) == [(730, "main", "04101")]
        assert await it.dead_letters() == []
