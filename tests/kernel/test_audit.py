"""The audit log: what somebody with power changed, in the transaction that changed it, and nothing else."""

from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from tests.harness import Alone
from tradehall.contracts.stores import Store
from tradehall.kernel.audit import Entry, path_of
from tradehall.kernel.ids import uuid7

NOTES = "/api/v1/notes"


async def log(shop: Alone, store: Store | None = None, **params: Any) -> list[Entry]:
    asked = {"limit": 100, "store_id": str((store or shop.store).id), **params}
    return await shop.running.peers.ask("shop", path_of("shop"), list[Entry], **asked)


async def of(shop: Alone, actor: UUID, store: Store | None = None) -> list[Entry]:
    return await log(shop, store, actor=str(actor))


async def a_note(client: httpx.AsyncClient) -> int:
    answer = await client.post(NOTES, json={"name": "for the log", "number": 1})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


@pytest.mark.parametrize(
    "role", ["store_admin", "support", "warehouse_manager", "warehouse_staff", "seller", "operator"]
)
async def test_a_change_by_somebody_with_power_is_logged(shop: Alone, role: str) -> None:
    who, session = uuid7(), uuid7()
    client = shop.client(role, user_id=who, session_id=session)
    await client.post(NOTES, json={"name": "x", "number": 1}, headers={"x-correlation-id": "abc-1"})
    (entry,) = await of(shop, who)
    assert (entry.action, entry.roles, entry.session_id, entry.by_key) == ("write_note", [role], session, False)
    assert (entry.fields, entry.target, entry.correlation) == (["name", "number"], {}, "abc-1")
    assert await of(shop, who, shop.other) == []


async def test_ids_of_the_route_are_kept_and_what_was_typed_is_not(shop: Alone) -> None:
    who = uuid7()
    client = shop.client("store_admin", user_id=who)
    seq = await a_note(client)
    assert (await client.put(f"{NOTES}/{seq}", json={"name": "a secret"})).status_code == 200
    entry = (await of(shop, who))[0]
    assert (entry.action, entry.target, entry.fields) == ("rename_note", {"seq": str(seq)}, ["name"])
    assert "a secret" not in str(await shop.sql("SELECT * FROM audit"))


async def test_a_change_that_was_refused_is_not_logged(shop: Alone) -> None:
    who = uuid7()
    client = shop.client("store_admin", user_id=who)
    seq = await a_note(client)
    before = await of(shop, who)
    assert (await client.put(f"{NOTES}/{seq}", json={"name": "x", "refuse": True})).status_code == 409
    assert await of(shop, who) == before


async def test_looking_is_not_logged(shop: Alone) -> None:
    who = uuid7()
    await shop.client("store_admin", user_id=who).get(NOTES)
    assert await of(shop, who) == []


@pytest.mark.parametrize("roles", [(), ("shopper",)])
async def test_shoppers_and_guests_are_not_logged(shop: Alone, roles: tuple[str, ...]) -> None:
    before = await log(shop)
    await a_note(shop.client(*roles))
    assert await log(shop) == before


async def test_a_key_is_logged_as_one(shop: Alone) -> None:
    client = shop.api_key("shop:write", roles=["seller"])
    await a_note(client)
    (entry, *_) = await log(shop)
    assert (entry.by_key, entry.roles) == (True, ["seller"])


async def test_one_request_is_not_blamed_for_another(shop: Alone) -> None:
    """Requests that share a transaction, and events handled later, are nobody's act."""
    who = uuid7()
    client = shop.client("store_admin", user_id=who)
    answer = await client.post("/api/v1/purchases", json={}, headers={"idempotency-key": uuid7().hex})
    assert answer.status_code == 201
    await client.post("/api/v1/asked", json={"name": "later"})
    await shop.idle()
    assert [entry.action for entry in await of(shop, who)] == ["ask"]


async def test_rows_are_only_ever_added(shop: Alone) -> None:
    await a_note(shop.client("store_admin"))
    for sql in ("UPDATE audit SET action = 'nothing'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await shop.sql(sql)


async def test_pages_of_the_log(shop: Alone) -> None:
    who = uuid7()
    client = shop.client("store_admin", user_id=who)
    for _ in range(5):
        await a_note(client)
    entries = await of(shop, who)
    assert [entry.id for entry in entries] == sorted((entry.id for entry in entries), reverse=True)
    rest = await log(shop, actor=str(who), before=str(entries[1].id))
    assert rest == entries[2:]


async def test_the_log_is_for_the_platforms_own_services(shop: Alone) -> None:
    for client in (shop.client(), shop.client("store_admin"), shop.client("operator")):
        answer = await client.get(path_of("shop"), params={"limit": 1, "store_id": str(shop.store.id)})
        assert answer.status_code == 403
