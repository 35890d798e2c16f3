from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest

from tests.harness import Alone, eventually
from tests.services.identity.people import PASSWORD, an_email, login, register, signed_in, someone, told
from tradehall.contracts.identity import SellerCreated, SellerUpdated, SessionEnded, UserCreated
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.services.identity.model import PLATFORM
from tradehall.services.identity.operators import ensure_operator

SERVICE = "identity"


def a_seller(**changes: Any) -> dict[str, Any]:
    slug = f"s{uuid7().hex}"
    return {"slug": slug, "name": "Lund & Daughters", "description": "Pots.", "email": an_email(),
            "password": PASSWORD, **changes}  # fmt: skip


async def seller_with_client(it: Alone) -> tuple[dict[str, Any], httpx.AsyncClient]:
    given = a_seller()
    answer = await it.client("store_admin").post("/api/v1/sellers", json=given)
    assert answer.status_code == 201, answer.text
    return answer.json(), signed_in(it, (await login(it, given["email"])).json())


async def test_an_admin_takes_on_a_seller_who_can_log_in(it: Alone) -> None:
    given = a_seller(user_name="Ada Lund")
    made = (await it.client("store_admin").post("/api/v1/sellers", json=given)).json()
    tokens = (await login(it, given["email"])).json()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert (claims["roles"], claims["seller"], claims["sub"]) == (["seller"], made["id"], made["user_id"])
    assert (await signed_in(it, tokens).get("/api/v1/me")).json()["seller_id"] == made["id"]
    event = await told(it, SellerCreated, seller_id=made["id"])
    assert (event.slug, event.name, event.description) == (given["slug"], given["name"], "Pots.")
    user = await told(it, UserCreated, user_id=event.user_id)
    assert (user.name, user.roles) == ("Ada Lund", ["seller"])


async def test_sellers_are_public_but_not_their_users(it: Alone) -> None:
    made, _ = await seller_with_client(it)
    public = {key: made[key] for key in ("id", "slug", "name", "description")}
    for name in (made["slug"], made["id"]):
        assert (await it.client().get(f"/api/v1/sellers/{name}")).json() == public
    found, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await it.client().get("/api/v1/sellers", params=params)).json()
        found += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert public in found
    assert [s["slug"] for s in found] == sorted({s["slug"] for s in found})


async def test_sellers_are_of_one_store(it: Alone) -> None:
    made, client = await seller_with_client(it)
    there = it.client(store=it.other)
    assert (await there.get("/api/v1/sellers")).json()["items"] == []
    assert (await there.get(f"/api/v1/sellers/{made['slug']}")).status_code == 404
    admin = it.client("store_admin", store=it.other)
    assert (await admin.patch(f"/api/v1/sellers/{made['id']}", json={"name": "Mine"})).status_code == 404
    assert (await client.patch(f"http://beta.localhost/api/v1/sellers/{made['id']}", json={})).status_code == 401


async def test_slug_and_email_are_taken_once(it: Alone) -> None:
    admin, given = it.client("store_admin"), a_seller()
    await admin.post("/api/v1/sellers", json=given)
    again = await admin.post("/api/v1/sellers", json=given | {"email": an_email()})
    assert (again.status_code, again.json()["type"]) == (409, "slug-taken")
    again = await admin.post("/api/v1/sellers", json=a_seller(email=given["email"]))
    assert (again.status_code, again.json()["type"]) == (409, "email-taken")


async def test_a_refused_seller_leaves_no_user(it: Alone) -> None:
    admin, given, email = it.client("store_admin"), a_seller(), an_email()
    await admin.post("/api/v1/sellers", json=given)
    await admin.post("/api/v1/sellers", json=given | {"email": email})
    assert (await login(it, email)).status_code == 401


async def test_a_seller_changes_itself_and_no_other(it: Alone) -> None:
    made, client = await seller_with_client(it)
    other, _ = await seller_with_client(it)
    changed = await client.patch(f"/api/v1/sellers/{made['id']}", json={"name": "Lund"})
    assert (changed.json()["name"], changed.json()["description"]) == ("Lund", "Pots.")
    assert (await it.client().get(f"/api/v1/sellers/{made['slug']}")).json()["name"] == "Lund"
    assert (await client.patch(f"/api/v1/sellers/{other['id']}", json={"name": "Lund"})).status_code == 404
    event = await told(it, SellerUpdated, seller_id=made["id"])
    assert event.name == "Lund"


async def test_an_admin_and_an_operator_change_any_seller(it: Alone) -> None:
    made, _ = await seller_with_client(it)
    for role in ("store_admin", "operator"):
        answer = await it.client(role).patch(f"/api/v1/sellers/{made['slug']}", json={"name": role})
        assert answer.json()["name"] == role


@pytest.mark.parametrize("roles", [(), ("shopper",), ("seller",)])
async def test_others_take_on_nobody(it: Alone, roles: tuple[str, ...]) -> None:
    client, expected = it.client(*roles), 403 if roles else 401
    assert (await client.post("/api/v1/sellers", json=a_seller())).status_code == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "No Such"},
        {"slug": "a"},
        {"name": "\0"},
        {"description": "\0"},
        {"description": "x" * 4001},
        {"email": "x"},
    ],
)
async def test_bad_sellers_name_the_field(it: Alone, wrong: dict[str, Any]) -> None:
    answer = await it.client("store_admin").post("/api/v1/sellers", json=a_seller(**wrong))
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == list(wrong)


@pytest.mark.parametrize("name", ["no-such", "%00", "UPPER", "x" * 300, "%F0%9F%90%8E", str(UUID(int=1))])
async def test_unknown_sellers_are_a_4xx(it: Alone, name: str) -> None:
    assert (await it.client().get(f"/api/v1/sellers/{name}")).status_code in (404, 422)
    assert (await it.client("store_admin").patch(f"/api/v1/sellers/{name}", json={})).status_code in (404, 422)


async def an_operator(it: Alone) -> tuple[str, dict[str, Any]]:
    email = an_email()
    assert await ensure_operator(it.running, email.upper(), PASSWORD, "Ruth")
    answer = await it.client().post("/api/v1/platform/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return email, answer.json()


async def test_an_operator_is_signed_in_everywhere(it: Alone) -> None:
    email, tokens = await an_operator(it)
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert (claims["roles"], claims["store"]) == (["operator"], None)
    for store in (it.store, it.other):
        client = signed_in(it, tokens, store=store)
        me = (await client.get("/api/v1/me")).json()
        assert (me["email"], me["roles"]) == (email, ["operator"])
        assert len((await client.get("/api/v1/me/sessions")).json()["items"]) == 1
        given = a_seller()
        assert (await client.post("/api/v1/sellers", json=given)).status_code == 201
        shown = await it.client(store=store).get(f"/api/v1/sellers/{given['slug']}")
        assert shown.status_code == 200
    assert not await ensure_operator(it.running, email, "another password", "Ruth")


async def test_an_operators_session_refreshes_and_ends_like_any(it: Alone) -> None:
    _, tokens = await an_operator(it)
    elsewhere = it.client(store=it.other)
    fresh = await elsewhere.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    client = signed_in(it, fresh.json())
    assert (await client.patch("/api/v1/me", json={"name": "Ruth C"})).json()["name"] == "Ruth C"
    assert (await client.post("/api/v1/auth/logout")).status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 401
    again = await elsewhere.post("/api/v1/auth/refresh", json={"refresh_token": fresh.json()["refresh_token"]})
    assert again.status_code == 401
    await eventually(lambda: _heard(it, PLATFORM, SessionEnded.event_name()))


async def _heard(it: Alone, store_id: UUID, name: str) -> bool:
    return any(heard[:2] == (store_id, name) for heard in it.heard)


async def test_an_operator_needs_no_store(it: Alone) -> None:
    email, _ = await an_operator(it)
    client = it.client()
    client.base_url = httpx.URL("http://nowhere.example")
    tokens = (await client.post("/api/v1/platform/login", json={"email": email, "password": PASSWORD})).json()
    token = {"refresh_token": tokens["refresh_token"]}
    tokens = (await client.post("/api/v1/platform/refresh", json=token)).json()
    client.headers["authorization"] = f"Bearer {tokens['access_token']}"
    assert (await client.post("/api/v1/platform/logout")).status_code == 204
    assert (await signed_in(it, tokens).get("/api/v1/me")).status_code == 401
    assert (await it.client().post("/api/v1/platform/refresh", json=await register(it))).status_code == 401


async def test_the_two_doors_do_not_lead_to_each_other(it: Alone) -> None:
    email, _ = await an_operator(it)
    assert (await login(it, email)).status_code == 401
    shopper = (await register(it))["user"]["email"]
    body = {"email": shopper, "password": PASSWORD}
    assert (await it.client().post("/api/v1/platform/login", json=body)).status_code == 401


async def test_a_stores_transaction_sees_and_makes_no_operator(it: Alone) -> None:
    email, _ = await an_operator(it)
    assert not await it.sql("SELECT 1 FROM users WHERE email = $1 OR 'operator' = ANY (roles)", email)
    (made,) = await it.sql("SELECT id FROM users LIMIT 1") or [None]
    with pytest.raises(Exception, match="operators_belong_to_no_store"):
        await it.sql("UPDATE users SET roles = '{operator}' WHERE id = $1", made["id"])


async def test_operators_are_not_told_to_the_stores(it: Alone) -> None:
    email, _ = await an_operator(it)
    await told(it, UserCreated, user_id=(await register(it))["user"]["id"])
    assert email.encode() not in b"".join(payload for _, _, payload in it.heard)


@pytest.mark.parametrize("wrong", [{"email": "x"}, {"password": "short"}, {"name": ""}])
async def test_a_bad_operator_is_refused(it: Alone, wrong: dict[str, str]) -> None:
    given = {"email": an_email(), "password": PASSWORD, "name": "Ruth", **wrong}
    with pytest.raises(Invalid):
        await ensure_operator(it.running, **given)


async def test_a_shopper_is_no_seller(it: Alone) -> None:
    made, _ = await seller_with_client(it)
    assert (await (await someone(it)).patch(f"/api/v1/sellers/{made['id']}", json={})).status_code == 403
