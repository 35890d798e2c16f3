"""An import's way: it waits for its turn, goes on where it was, ends, and is nobody else's."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.harness import Alone, eventually
from tests.services.catalog.files import IMPORTS, counts, over, product, report, table, take_in, told, upload
from tests.services.catalog.goods import a_seller
from tradehall.contracts.catalog import ImportDue, ProductCreated
from tradehall.kernel.files import files_for
from tradehall.services.catalog import importing, tasks
from tradehall.services.catalog.queries import imports, many, writing

SERVICE = "catalog"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "WRITTEN", 0.0)


def goods(prefix: str, rows: int) -> str:
    return table("sku,name,price", *(f"{prefix}-{n},{prefix} {n},{n + 1}" for n in range(rows)))


async def state(it: Alone, one: Any) -> Any:
    (row,) = await it.sql("SELECT * FROM imports WHERE id = $1", one["id"])
    return row


async def skus(it: Alone, prefix: str) -> list[str]:
    rows = await it.sql("SELECT sku FROM variants WHERE starts_with(sku, $1) ORDER BY sku", f"{prefix}-")
    return [row["sku"] for row in rows]


async def test_one_import_of_a_store_runs_at_a_time_others_follow_in_order(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, seller = await a_seller(it, "queue")
    admin, elsewhere = it.client("store_admin"), (await a_seller(it, "far", store=it.other))[1]
    gate = asyncio.Event()
    next_turn = importing.next_turn

    async def held(*args: Any) -> Any:
        await gate.wait()
        return await next_turn(*args)

    monkeypatch.setattr(importing, "next_turn", held)
    started = [await upload(client, goods(f"QU{n}", 3)) for n, client in enumerate((seller, admin, seller))]
    assert [one["status"] for one in started] == ["running", "waiting", "waiting"]
    assert (await upload(elsewhere, goods("QU0", 3)))["status"] == "running"
    listed = (await admin.get(IMPORTS)).json()["items"]
    assert [one["status"] for one in listed[:3]] == ["waiting", "waiting", "running"]
    gate.set()
    done = [await over(admin, one) for one in started]
    assert [one["status"] for one in done] == ["done"] * 3
    assert done[0]["finished_at"] <= done[1]["started_at"] <= done[1]["finished_at"] <= done[2]["started_at"]
    assert await it.sql("SELECT * FROM import_skus") == []


async def test_cancelled_import_stops_where_it_is_and_the_next_one_starts(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, seller = await a_seller(it, "canceller")
    monkeypatch.setattr(tasks, "WRITTEN", 0.01)
    first = await upload(seller, goods("CA", 1000))
    second = await upload(seller, goods("CB", 10))
    await eventually(lambda: _moved(it, first))
    answer = await seller.post(f"{IMPORTS}/{first['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (await over(seller, second))["status"] == "done"
    kept = await skus(it, "CA")
    assert 0 < len(kept) < 1000
    assert len(kept) == (await over(seller, first))["created"]
    assert (await seller.post(f"{IMPORTS}/{first['id']}/cancel")).json()["type"] == "import-finished"
    assert (await seller.post(f"{IMPORTS}/{first['id']}/start", json={})).json()["type"] == "import-started"
    assert not [key for key in _files(it) if first["id"] in key]


async def _moved(it: Alone, one: Any) -> bool:
    return bool((await state(it, one))["turn"] > 1)


def _files(it: Alone) -> list[str]:
    return [path.name for path in (it.running.settings.data_path / "files").rglob("*.csv")]


async def test_turn_that_comes_again_does_nothing(it: Alone) -> None:
    _, seller = await a_seller(it, "twice")
    done = await take_in(seller, goods("TW", 250))
    assert counts(done) == (250, 0, 0, 0)
    said, before = await told(it), await state(it, done)
    for turn in range(4):
        async with it.db.transaction(it.store.id) as tx:
            tx.emit(ImportDue(import_id=done["id"], turn=turn), key=done["id"])
    await it.idle()
    assert await told(it) == said
    assert await state(it, done) == before


async def test_import_goes_on_after_a_stop_with_each_row_once(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    _, seller = await a_seller(it, "stopper")
    monkeypatch.setattr(tasks, "WRITTEN", 0.003)
    started = await upload(seller, goods("ST", 600))
    await eventually(lambda: _moved(it, started))
    await it.stop()
    await it.start()
    seller = it.client("seller", seller_id=started["seller_id"])
    done = await over(seller, started)
    assert counts(done) == (600, 0, 0, 0)
    assert len(await skus(it, "ST")) == 600
    made = [event.variants[0].sku for event in await it.published(ProductCreated)]
    assert sorted(sku for sku in made if sku.startswith("ST-")) == await skus(it, "ST")


async def test_rows_that_the_database_refuses_are_found_and_the_others_go_in(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, seller = await a_seller(it, "unlucky")
    insert = writing.insert

    async def refusing(tx: Any, new: Any) -> Any:
        if any(one.product.name in ("RE 7", "RE 150") for one in new):
            raise asyncpg.DataError("no")
        return await insert(tx, new)

    monkeypatch.setattr(writing, "insert", refusing)
    done = await take_in(seller, goods("RE", 220))
    assert counts(done) == (218, 0, 0, 2)
    assert [bad["sku"] for bad in await report(seller, done)] == ["RE-7", "RE-150"]
    assert len(await skus(it, "RE")) == 218


async def test_slug_taken_in_the_meantime_is_looked_for_again(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    _, seller = await a_seller(it, "racer")
    await take_in(seller, "sku,name,price\nRA-0,Race,1\n")
    slugs, blind = many.slugs, [True]

    async def outdated(tx: Any, wanted: Any) -> Any:
        return {} if blind.pop() else await slugs(tx, wanted)

    blind.insert(0, False)
    monkeypatch.setattr(many, "slugs", outdated)
    assert counts(await take_in(seller, "sku,name,price\nRA-1,Race,1\n")) == (1, 0, 0, 0)
    assert (await product(seller, "race-ra-1"))["variants"][0]["sku"] == "RA-1"


async def test_import_whose_file_is_gone_fails_and_the_next_one_starts(it: Alone) -> None:
    _, seller = await a_seller(it, "loser")
    lost = await upload(seller, goods("LO", 5), start="false")
    files = files_for(it.running.settings)
    await files.delete(it.store.id, (await state(it, lost))["file"])
    assert (await seller.post(f"{IMPORTS}/{lost['id']}/preview", json={})).status_code == 404
    await seller.post(f"{IMPORTS}/{lost['id']}/start", json={})
    following = await upload(seller, goods("LO", 5))
    failed = await over(seller, lost)
    assert (failed["status"], failed["error"]) == ("failed", "The file is gone.")
    assert (await over(seller, following))["status"] == "done"


async def test_preview_says_what_rows_would_become_and_writes_nothing(it: Alone) -> None:
    _, seller = await a_seller(it, "careful")
    await take_in(seller, table("sku,name,price", "PV-1,Known,5", "PV-2,Same,5"))
    said = await told(it)
    text = table(
        "Code,name,price", "PV-1,Known,6", "PV-2,Same,5", "PV-3,New,7", "PV-4,,7", *(f"M-{n},M,1" for n in range(40))
    )
    waiting = await upload(seller, text, start="false")
    assert (waiting["status"], waiting["columns"]) == ("uploaded", ["Code", "name", "price"])
    mapping = {"columns": {"Code": "sku", "name": "name", "price": "price"}, "constants": {"spec:Made of": "Oak"}}
    answer = await seller.post(f"{IMPORTS}/{waiting['id']}/preview", json={"mapping": mapping})
    assert answer.status_code == 200, answer.text
    shown = answer.json()["rows"]
    assert [(row["row"], row["outcome"]) for row in shown[:4]] == [
        (2, "changed"),
        (3, "changed"),
        (4, "created"),
        (5, "bad"),
    ]
    assert len(shown) == 20
    assert shown[2]["becomes"]["specifications"] == [{"name": "Made of", "value": "Oak"}]
    assert shown[2]["becomes"]["price"] == {"amount": 700, "currency": "USD"}
    assert shown[3]["problems"] == [{"field": "name", "rule": "is required", "value": ""}]
    assert await told(it) == said
    assert len(await skus(it, "PV")) == 2
    started = await seller.post(f"{IMPORTS}/{waiting['id']}/start", json={"mapping": mapping})
    assert started.status_code == 200
    assert counts(await over(seller, waiting)) == (41, 2, 0, 1)


async def test_imports_mappings_and_reports_are_their_owners(it: Alone) -> None:
    _, seller = await a_seller(it, "owner")
    _, rival = await a_seller(it, "rival")
    admin, foreign = it.client("store_admin"), it.client("store_admin", store=it.other)
    done = await take_in(seller, "sku,name,price\nOW-1,,1\n")
    for client in (rival, foreign, (await a_seller(it, "abroad", store=it.other))[1]):
        for ask in (
            client.get(path := f"{IMPORTS}/{done['id']}"),
            client.get(f"{path}/report"),
            client.post(f"{path}/cancel"),
        ):
            assert (await ask).status_code == 404
        assert (await client.post(f"{path}/start", json={})).status_code == 404
        assert (await client.post(f"{path}/preview", json={})).status_code == 404
        assert done["id"] not in (await client.get(IMPORTS)).text
    assert (await admin.get(f"{IMPORTS}/{done['id']}")).status_code == 200
    for client in (it.client(), it.client("shopper")):
        assert (await client.get(IMPORTS)).status_code in (401, 403)

    stores, own = {"columns": {"a": "sku"}}, {"columns": {"b": "sku"}}
    await admin.put(f"{IMPORTS}/mappings/shared", json=stores)
    assert (await seller.get(f"{IMPORTS}/mappings/shared")).json()["mapping"]["columns"] == {"a": "sku"}
    assert (await seller.delete(f"{IMPORTS}/mappings/shared")).status_code == 404
    await seller.put(f"{IMPORTS}/mappings/shared", json=own)
    assert (await seller.get(f"{IMPORTS}/mappings/shared")).json()["mapping"]["columns"] == {"b": "sku"}
    assert (await rival.get(f"{IMPORTS}/mappings/shared")).json()["mapping"]["columns"] == {"a": "sku"}
    assert (await foreign.get(f"{IMPORTS}/mappings")).json()["items"] == []
    assert (await seller.delete(f"{IMPORTS}/mappings/shared")).status_code == 204
    assert len((await seller.get(f"{IMPORTS}/mappings")).json()["items"]) == 1


async def test_uploads_that_nobody_starts_are_forgotten_after_a_day(it: Alone) -> None:
    _, seller = await a_seller(it, "forgetful")
    left = await upload(seller, goods("FO", 2), start="false")
    await it.sql("UPDATE imports SET created_at = now() - interval '25 hours' WHERE id = $1", left["id"])
    await upload(seller, goods("FO", 2), start="false")
    assert (await seller.get(f"{IMPORTS}/{left['id']}")).json()["status"] == "cancelled"
    assert not [name for name in _files(it) if left["id"] in name]


async def test_no_more_than_some_imports_wait(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    _, seller = await a_seller(it, "eager")
    monkeypatch.setattr(importing, "MOST_OPEN", 2)
    for _ in range(2):
        await upload(seller, goods("EA", 2), start="false")
    assert (await upload(seller, goods("EA", 2), status=409))["type"] == "too-many-imports"


async def test_counts_of_an_import_cannot_run_ahead_of_its_rows(it: Alone) -> None:
    """The count, the place in the file and the products are one transaction."""
    _, seller = await a_seller(it, "counter")
    done = await take_in(seller, goods("CO", 130))
    row = await state(it, done)
    assert (row["position"], row["row"], row["created"]) == (row["size"], 131, 130)
    with pytest.raises(asyncpg.CheckViolationError):
        async with it.db.transaction(it.store.id) as tx:
            await imports.end(tx, done["id"], "running")
