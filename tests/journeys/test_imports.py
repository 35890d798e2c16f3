"""An import is killed with the whole program: it goes on where it was, each row counts once, everybody hears of it."""

import asyncio
import json
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from tests.journeys.program import Program
from tests.journeys.shop import Person, eventually
from tests.journeys.test_hard_times import open_small_shop

ROWS = 4000
IMPORTS = "/api/v1/products/imports"
HEARERS = ("carts", "orders", "shipping", "inventory")


def a_file(seller: str) -> bytes:
    """Each third product has two variants."""
    lines = ["handle,sku,name,price,seller,status,option:Size"]
    for n in range(ROWS):
        product = f"kill-{n - 1 if n % 3 == 1 else n}"
        size = "" if n % 3 == 2 else "S" if n % 3 == 0 else "L"
        lines.append(f"{product},KILL-{n},Thing,{n + 1},{seller},published,{size}")
    return "\n".join(lines).encode()


async def variants(program: Program, service: str) -> Counter[str]:
    """By id, or in the catalog by SKU: how often each is there."""
    url = json.loads((program.data / "running.json").read_text())["database_url"]
    connection = await asyncpg.connect(urlsplit(url)._replace(path=f"/tradehall_{service}").geturl())
    try:
        column = "sku" if service == "catalog" else "id::text AS sku"
        return Counter(row["sku"] for row in await connection.fetch(f"SELECT {column} FROM variants"))
    finally:
        await connection.close()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("processes", [False, True], ids=["one process", "processes"])
async def test_import_that_is_killed_in_the_middle_goes_on_with_each_row_once(
    alone: list[Program], processes: bool
) -> None:
    """All of the program, or of many processes the catalog's and those of whoever hears of the products."""
    program = Program(demo=False, processes=processes)
    alone.append(program)
    program.start().wait_ready()
    shop = await open_small_shop(program)
    try:
        (seller,) = (await shop.admin.get("/api/v1/sellers"))["items"]
        content = a_file(seller["slug"])
        await eventually(lambda: knows_seller(shop.admin, seller["slug"]), 30)
        started = await upload(shop.admin, content)
        path = f"{IMPORTS}/{started['id']}"

        async def far_enough() -> Any:
            now = await shop.admin.get(path)
            return now if now["done"] > ROWS / 5 else None

        before = await eventually(far_enough, 60)
        assert before["status"] == "running"
        if processes:
            for service in ("catalog", *HEARERS):
                program.kill_service(service)
        else:
            program.kill()
            program.start().wait_ready()

        async def over() -> Any:
            try:
                answer = await shop.admin.http.get(path)
            except httpx.TransportError:
                return None
            return answer.json() if answer.is_success and answer.json()["finished_at"] else None

        # A task that was in a worker's hands is given out again a minute later.
        done = await eventually(over, 180)
        assert (done["status"], done["created"], done["changed"], done["unchanged"], done["bad"]) == (
            "done",
            ROWS,
            0,
            0,
            0,
        )
        goods = await variants(program, "catalog")
        assert {sku for sku in goods if sku.startswith("KILL-")} == {f"KILL-{n}" for n in range(ROWS)}
        assert max(goods.values()) == 1
        for service in HEARERS:
            await eventually(lambda service=service: hears(program, service, len(goods)), 60)
        assert program.run("dead-letters", "list").stdout.strip() == ""
        again = await upload(shop.admin, content)
        path = f"{IMPORTS}/{again['id']}"
        assert (await eventually(over, 60))["unchanged"] == ROWS
    finally:
        await shop.close()


@pytest.mark.timeout(240)
async def test_commands_bring_products_in_and_out(alone: list[Program]) -> None:
    program = Program(demo=False)
    alone.append(program)
    program.start().wait_ready()
    shop = await open_small_shop(program)
    try:
        (seller,) = (await shop.admin.get("/api/v1/sellers"))["items"]
        await eventually(lambda: knows_seller(shop.admin, seller["slug"]), 30)
        file, mapping, out = (program.folder / name for name in ("goods.csv", "mapping.json", "out.csv"))
        file.write_text("number;title\n1;Lamp\n2;Rug\n3;\n")
        mapping.write_text(
            json.dumps(
                {
                    "columns": {"title": "name"},
                    "constants": {"sku": "CLI-{number}", "price": "9.50", "seller": seller["slug"]},
                }
            )
        )
        arguments = ("catalog", "import", str(file), "--store", "small", "--mapping-file", str(mapping), "--wait")
        made = await asyncio.to_thread(program.run, *arguments)
        assert made.returncode == 1, "one row is bad"
        assert "done      100%  created 2  changed 0  unchanged 0  bad 1  goods.csv" in made.stdout
        status = await asyncio.to_thread(program.run, "catalog", "status", "--store", "small")
        assert "created 2" in status.stdout.splitlines()[0]
        made = await asyncio.to_thread(program.run, "catalog", "export", "--store", "small", "--output", str(out))
        assert made.returncode == 0, made.stderr
        assert {line.split(",")[1] for line in out.read_text().splitlines()[1:]} == {"FIRST", "CLI-1", "CLI-2"}
        made = await asyncio.to_thread(program.run, "catalog", "import", str(out), "--store", "small", "--wait")
        assert (made.returncode, "unchanged 3" in made.stdout) == (0, True), made.stdout + made.stderr
        for wrong in (
            ("import", str(file), "--store", "nowhere"),
            ("import", str(file), "--store", "small"),
            ("import", str(file), "--store", "small", "--mapping", "none"),
            ("export", "--store", "nowhere"),
        ):
            made = await asyncio.to_thread(program.run, "catalog", *wrong)
            assert made.returncode == 1
            assert "tradehall: " in made.stderr
            assert "Traceback" not in made.stderr
    finally:
        await shop.close()


async def knows_seller(admin: Person, slug: str) -> bool:
    """The catalog has heard of the seller: one row goes in."""
    started = await upload(admin, f"sku,name,price,seller\nFIRST,First,1,{slug}\n".encode())
    while not (now := await admin.get(f"{IMPORTS}/{started['id']}"))["finished_at"]:
        await asyncio.sleep(0.1)
    return bool(now["bad"] == 0)


async def upload(admin: Person, content: bytes) -> Any:
    return await admin.ask("POST", IMPORTS, files={"file": ("goods.csv", content, "text/csv")})


async def hears(program: Program, service: str, variants_: int) -> bool:
    kept = await variants(program, service)
    return len(kept) == variants_ and max(kept.values()) == 1
