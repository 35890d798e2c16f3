"""API keys: good for their scopes, in their store, until they are revoked."""

import httpx
import pytest

from tests.harness import Alone
from tradehall.contracts.identity import SessionEnded
from tradehall.kernel.auth import key_digest


def digest_of(client: httpx.AsyncClient) -> str:
    return key_digest(client.headers["authorization"].removeprefix("Bearer "))


@pytest.mark.parametrize(
    ("scopes", "reading", "writing"),
    [
        (("shop:read",), 200, 403),
        (("shop:write",), 200, 201),
        (("shop:read", "shop:write"), 200, 201),
        (("other:write",), 403, 403),
        ((), 403, 403),
    ],
)
async def test_a_key_does_what_its_scopes_name(
    shop: Alone, scopes: tuple[str, ...], reading: int, writing: int
) -> None:
    client = shop.api_key(*scopes)
    assert (await client.get("/api/v1/admin")).status_code == reading
    assert (await client.get("/api/v1/notes")).status_code == reading  # also where anyone may read
    assert (await client.post("/api/v1/notes", json={"name": "by key"})).status_code == writing


async def test_a_scope_gives_no_role(shop: Alone) -> None:
    client = shop.api_key("shop:write", roles=["seller"])
    assert (await client.get("/api/v1/seller")).status_code == 200
    assert (await client.get("/api/v1/admin")).status_code == 403
    assert (await client.get("/internal/v1/peer")).status_code == 403


async def test_a_key_of_one_store_is_unknown_in_another(shop: Alone) -> None:
    client = shop.api_key("shop:read")
    assert (await client.get("/api/v1/admin")).status_code == 200
    answer = await client.get("/api/v1/admin", headers={"host": shop.other.hosts[0]})
    assert answer.status_code == 401
    fresh = shop.api_key("shop:read")
    assert (await fresh.get("/api/v1/admin", headers={"host": shop.other.hosts[0]})).status_code == 401
    assert (await fresh.get("/api/v1/admin")).status_code == 200


@pytest.mark.parametrize("key", ["thk_", "thk_guess", "thk_" + "x" * 5000, "thk_\xe4"])
async def test_an_unknown_key_is_refused(shop: Alone, key: str) -> None:
    answer = await shop.client().get("/api/v1/admin", headers=[(b"authorization", b"Bearer " + key.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_key_causes_no_flood_of_questions(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    look_up = shop.running.verifier._look_up

    async def counted(digest: str, store_id: object) -> object:
        asked.append(digest)
        return await look_up(digest, store_id)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.running.verifier, "_look_up", counted)
    for _ in range(20):
        answer = await shop.client().get("/api/v1/admin", headers={"authorization": "Bearer thk_again"})
        assert answer.status_code == 401
    assert len(asked) == 1
    good = shop.api_key("shop:read")
    for _ in range(20):
        assert (await good.get("/api/v1/admin")).status_code == 200
    assert len(asked) == 2


async def test_a_revoked_key_is_refused_at_once(shop: Alone) -> None:
    client = shop.api_key("shop:read")
    assert (await client.get("/api/v1/admin")).status_code == 200
    holder = shop.keys.pop((digest_of(client), shop.store.id))
    shop.running.verifier.end_session(SessionEnded(session_id=holder.id))
    assert (await client.get("/api/v1/admin")).status_code == 401


async def test_what_a_keys_user_may_do_is_looked_up_again(shop: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.running.verifier, "KEY_KEPT", 0.0)
    client = shop.api_key("shop:read")
    assert (await client.get("/api/v1/admin")).status_code == 200
    shop.keys.clear()
    assert (await client.get("/api/v1/admin")).status_code == 401
