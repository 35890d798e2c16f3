"""API keys: made once, kept as a hash, good for their scopes, revoked at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.harness import Alone
from tests.services.identity.people import PASSWORD, an_email, register, signed_in
from tests.services.identity.test_staff import member
from tradehall.contracts.identity import SessionEnded
from tradehall.kernel.ids import uuid7

SERVICE = "identity"
KEYS = "/api/v1/api-keys"


async def made(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post(KEYS, json={"name": "Warehouse robot", "scopes": ["orders:read"], **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def holder(it: Alone, key: str) -> Any:
    return await it.running.verifier.verify(key, it.store.id)


async def test_a_key_is_its_user_within_its_scopes(it: Alone) -> None:
    me, client = await member(it, "store_admin")
    key = await made(client, scopes=["orders:read", "catalog:write", "orders:read"])
    assert key["about"]["scopes"] == ["catalog:write", "orders:read"]
    assert key["key"].startswith(key["about"]["hint"])
    principal = await holder(it, key["key"])
    assert (str(principal.user_id), principal.roles) == (me["id"], {"store_admin"})
    assert principal.scopes == {"catalog:write", "orders:read"}
    (seen,) = [k for k in (await client.get(KEYS)).json()["items"] if k["id"] == key["about"]["id"]]
    assert seen["last_used_at"] is not None
    assert key["key"] not in str(await it.sql("SELECT * FROM api_keys"))


async def test_a_key_reaches_nothing_of_an_account(it: Alone) -> None:
    _, client = await member(it, "store_admin")
    key = await made(client, scopes=["orders:write", "catalog:write", "stores:write"])
    program = it.client()
    program.headers["authorization"] = f"Bearer {key['key']}"
    for method, path, body in (
        ("GET", "/api/v1/me", None),
        ("POST", KEYS, {"name": "x", "scopes": ["orders:write"]}),
        ("POST", "/api/v1/staff/invitations", {"email": an_email(), "roles": ["store_admin"]}),
        ("POST", "/api/v1/me/password", {"current": PASSWORD, "password": "another password"}),
        ("GET", "/api/v1/audit", None),
    ):
        assert (await program.request(method, path, json=body)).status_code == 403, path


async def test_a_revoked_key_is_told_of_everywhere(it: Alone) -> None:
    _, client = await member(it, "store_admin")
    key = await made(client)
    await holder(it, key["key"])
    assert (await client.delete(f"{KEYS}/{key['about']['id']}")).status_code == 204
    assert (await client.delete(f"{KEYS}/{key['about']['id']}")).status_code == 404
    program = it.client()
    program.headers["authorization"] = f"Bearer {key['key']}"
    assert (await program.get("/api/v1/me")).status_code == 401
    ended = await it.published(SessionEnded)
    assert key["about"]["id"] in {str(event.session_id) for event in ended}


async def test_an_expired_key_is_refused(it: Alone) -> None:
    _, client = await member(it, "store_admin")
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    key = await made(client, expires_at=soon)
    await it.sql("UPDATE api_keys SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'")
    program = it.client()
    program.headers["authorization"] = f"Bearer {key['key']}"
    assert (await program.get("/api/v1/me")).status_code == 401


async def test_keys_are_their_makers_and_the_admins(it: Alone) -> None:
    _, admin = await member(it, "store_admin")
    body = {"slug": f"s{uuid7().hex[-10:]}", "name": "Lund", "email": an_email(), "password": PASSWORD}
    assert (await admin.post("/api/v1/sellers", json=body)).status_code == 201
    tokens = (await it.client().post("/api/v1/auth/login", json={"email": body["email"], "password": PASSWORD})).json()
    seller = signed_in(it, tokens)
    key, other = await made(seller, name="Seller's"), await made(admin, name="Admin's")
    principal = await holder(it, key["key"])
    assert (principal.roles, principal.seller_id is not None) == ({"seller"}, True)
    assert [k["id"] for k in (await seller.get(KEYS)).json()["items"]] == [key["about"]["id"]]
    assert {key["about"]["id"], other["about"]["id"]} <= {k["id"] for k in (await admin.get(KEYS)).json()["items"]}
    assert (await seller.delete(f"{KEYS}/{other['about']['id']}")).status_code == 404
    foreign = it.client("store_admin", store=it.other)
    assert (await foreign.delete(f"{KEYS}/{key['about']['id']}")).status_code == 404
    assert (await admin.delete(f"{KEYS}/{key['about']['id']}")).status_code == 204


@pytest.mark.parametrize("roles", [(), ("shopper",), ("support",), ("warehouse_staff",)])
async def test_shoppers_and_guests_have_none(it: Alone, roles: tuple[str, ...]) -> None:
    answer = await it.client(*roles).post(KEYS, json={"name": "x", "scopes": ["orders:read"]})
    assert answer.status_code == (403 if roles else 401)


async def test_an_operator_has_none_of_a_store(it: Alone) -> None:
    answer = await it.client("operator").post(KEYS, json={"name": "x", "scopes": ["orders:read"]})
    assert (answer.status_code, answer.json()["type"]) == (403, "not-of-a-store")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["identity:read"]}, "scopes[0]"),
        ({"scopes": ["orders:everything"]}, "scopes[0]"),
        ({"scopes": ["orders:read\n"]}, "scopes[0]"),
        ({"name": ""}, "name"),
        ({"name": "\0"}, "name"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
    ],
)
async def test_bad_keys_name_the_field(it: Alone, wrong: dict[str, Any], field: str) -> None:
    _, client = await member(it, "store_admin")
    answer = await client.post(KEYS, json={"name": "x", "scopes": ["orders:read"], **wrong})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_shopper_made_seller_keeps_no_more_than_their_roles(it: Alone) -> None:
    me, client = await member(it, "store_admin")
    key = await made(client, scopes=["orders:write"])
    await it.sql("UPDATE users SET roles = '{shopper}' WHERE id = $1", me["id"])
    assert (await holder(it, key["key"])).roles == {"shopper"}
    assert (await register(it))["user"]["roles"] == ["shopper"]
