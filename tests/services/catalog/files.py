"""CSV files of products, given to the catalog's API."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Any

import httpx

from tests.harness import Alone, eventually

IMPORTS = "/api/v1/products/imports"
EXPORT = "/api/v1/manage/products/export"
OVER = ("done", "cancelled", "failed")


def table(header: str, *rows: str) -> str:
    return "\n".join([header, *rows]) + "\n"


def written(rows: Sequence[Sequence[object]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


async def upload(client: httpx.AsyncClient, content: str | bytes, status: int = 201, **form: Any) -> Any:
    body = content.encode() if isinstance(content, str) else content
    answer = await client.post(IMPORTS, files={"file": ("goods.csv", body, "text/csv")}, data=form)
    assert answer.status_code == status, answer.text
    return answer.json()


async def over(client: httpx.AsyncClient, started: Any, timeout: float = 30) -> Any:
    """The import, once it is over."""

    async def look() -> Any:
        now = (await client.get(f"{IMPORTS}/{started['id']}")).json()
        return now if now["status"] in OVER else None

    return await eventually(look, timeout)


async def take_in(client: httpx.AsyncClient, content: str | bytes, **form: Any) -> Any:
    return await over(client, await upload(client, content, **form))


async def report(client: httpx.AsyncClient, finished: Any) -> list[dict[str, str]]:
    answer = await client.get(f"{IMPORTS}/{finished['id']}/report")
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def counts(finished: Any) -> tuple[int, int, int, int]:
    """Created, changed, unchanged, bad."""
    return finished["created"], finished["changed"], finished["unchanged"], finished["bad"]


async def product(client: httpx.AsyncClient, slug: str) -> Any:
    answer = await client.get(f"/api/v1/products/{slug}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def export(client: httpx.AsyncClient, **params: str) -> str:
    answer = await client.get(EXPORT, params=params)
    assert answer.status_code == 200, answer.text
    return answer.text


async def told(it: Alone) -> list[str]:
    """Names of all that was said of products."""
    await it.caught_up()
    return [name for _, name, _ in it.heard if name.startswith("product.")]
