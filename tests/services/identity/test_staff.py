"""The staff of a store: invited by a link that works once, never given a password, gone at once when removed."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.harness import Alone, eventually
from tests.services.identity.people import PASSWORD, an_email, login, register, signed_in, told
from tradehall.contracts.identity import StaffInvited, UserCreated, UserUpdated
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import unseal

SERVICE = "identity"
INVITE = "/api/v1/staff/invitations"
ACCEPT = "/api/v1/auth/invitation/accept"


async def invited(it: Alone, email: str, *roles: str, store: Store | None = None) -> str:
    """The token of the mailed link."""
    answer = await it.client("store_admin", store=store).post(INVITE, json={"email": email, "roles": list(roles)})
    assert answer.status_code == 202, answer.text
    assert answer.json()["token"] is None

    async def mailed() -> StaffInvited | None:
        found = [msgspec.json.decode(m.payload, type=StaffInvited) for m in it.messages if m.type == "staff.invited"]
        return next((event for event in found if str(event.invitation_id) == answer.json()["id"]), None)

    event: StaffInvited = await eventually(mailed)
    return unseal(it.running.settings.secret, event.token, about=str(event.invitation_id))


async def accept(it: Alone, token: str, store: Store | None = None, **changes: Any) -> httpx.Response:
    body = {"token": token, "password": PASSWORD, "name": "Miriam", **changes}
    return await it.client(store=store).post(ACCEPT, json=body)


async def member(it: Alone, *roles: str) -> tuple[dict[str, Any], httpx.AsyncClient]:
    email = an_email()
    answer = await accept(it, await invited(it, email, *roles))
    assert answer.status_code == 200, answer.text
    client = signed_in(it, answer.json())
    return (await client.get("/api/v1/me")).json(), client


async def test_an_invitation_makes_an_account_of_the_staff(it: Alone) -> None:
    email = an_email()
    token = await invited(it, email, "support", "warehouse_staff")
    seen = await it.client().post("/api/v1/auth/invitation", json={"token": token})
    assert seen.json() == {"email": email, "roles": ["support", "warehouse_staff"], "has_account": False}
    client = signed_in(it, (await accept(it, token)).json())
    me = (await client.get("/api/v1/me")).json()
    assert (me["email"], me["roles"], me["email_verified"]) == (email, ["support", "warehouse_staff"], True)
    assert (await told(it, UserCreated, email=email)).roles == ["support", "warehouse_staff"]
    assert (await login(it, email)).status_code == 200


async def test_a_link_works_once_also_for_two_at_once(it: Alone) -> None:
    token = await invited(it, an_email(), "support")
    answers = await asyncio.gather(*(accept(it, token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert sum(answer.status_code == 200 for answer in answers) == 1
    assert all(answer.status_code in (200, 401, 404, 409) for answer in answers)
    late = await accept(it, token)
    assert (late.status_code, late.json()["type"]) == (404, "no-invitation")


async def test_another_invitation_takes_the_place_of_the_first(it: Alone) -> None:
    email = an_email()
    first = await invited(it, email, "store_admin")
    second = await invited(it, email, "support")
    assert (await accept(it, first)).status_code == 404
    assert (await accept(it, second)).status_code == 200


async def test_a_withdrawn_or_old_link_is_dead(it: Alone) -> None:
    email, admin = an_email(), it.client("store_admin")
    token = await invited(it, email, "support")
    (invitation,) = [i for i in (await admin.get(INVITE)).json()["items"] if i["email"] == email]
    assert (await admin.delete(f"{INVITE}/{invitation['id']}")).status_code == 204
    assert (await admin.delete(f"{INVITE}/{invitation['id']}")).status_code == 404
    assert (await accept(it, token)).status_code == 404
    token = await invited(it, email, "support")
    await it.sql("UPDATE invitations SET created_at = now() - interval '8 days', expires_at = now() - interval '1 day'")
    assert (await accept(it, token)).status_code == 404


async def test_an_account_that_is_there_joins_with_its_password(it: Alone) -> None:
    made = await register(it)
    email, before = made["user"]["email"], signed_in(it, made)
    token = await invited(it, email, "warehouse_manager")
    assert (await it.client().post("/api/v1/auth/invitation", json={"token": token})).json()["has_account"] is True
    assert (await accept(it, token, password="not the password")).status_code == 401
    client = signed_in(it, (await accept(it, token)).json())
    assert (await client.get("/api/v1/me")).json()["roles"] == ["shopper", "warehouse_manager"]
    assert (await told(it, UserUpdated, email=email)).roles == ["shopper", "warehouse_manager"]
    assert (await before.get("/api/v1/me")).status_code == 401  # its token knew nothing of that


async def test_a_link_of_one_store_is_nothing_in_another(it: Alone) -> None:
    token = await invited(it, an_email(), "store_admin")
    assert (await accept(it, token, it.other)).status_code == 404
    assert (await accept(it, token)).status_code == 200


async def test_only_an_operator_is_told_the_token(it: Alone) -> None:
    email = an_email()
    answer = await it.client("operator").post(INVITE, json={"email": email, "roles": ["store_admin"]})
    assert (await accept(it, answer.json()["token"])).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"roles": []}, "roles"),
        ({"roles": ["operator"]}, "roles[0]"),
        ({"roles": ["seller"]}, "roles[0]"),
        ({"roles": "support"}, "roles"),
        ({"email": "x"}, "email"),
        ({"email": "a@b.example\0"}, "email"),
    ],
)
async def test_bad_invitations_name_the_field(it: Alone, wrong: dict[str, Any], field: str) -> None:
    body = {"email": an_email(), "roles": ["support"], **wrong}
    answer = await it.client("store_admin").post(INVITE, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_new_account_needs_a_name_and_a_password(it: Alone) -> None:
    token = await invited(it, an_email(), "support")
    answer = await accept(it, token, name=None, password="short")
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"name", "password"}
    assert (await accept(it, token)).status_code == 200


@pytest.mark.parametrize("roles", [(), ("shopper",), ("seller",), ("support",), ("warehouse_manager",)])
async def test_the_staff_is_the_admins_business(it: Alone, roles: tuple[str, ...]) -> None:
    client, expected = it.client(*roles), 403 if roles else 401
    for method, path, body in (
        ("GET", "/api/v1/staff", None),
        ("POST", INVITE, {"email": an_email(), "roles": ["store_admin"]}),
        ("GET", INVITE, None),
        ("DELETE", f"{INVITE}/{uuid7()}", None),
        ("PATCH", f"/api/v1/staff/{uuid7()}", {"roles": ["store_admin"]}),
        ("DELETE", f"/api/v1/staff/{uuid7()}", None),
    ):
        assert (await client.request(method, path, json=body)).status_code == expected


async def test_other_roles_count_at_once(it: Alone) -> None:
    me, client = await member(it, "support")
    admin = it.client("store_admin")
    answer = await admin.patch(f"/api/v1/staff/{me['id']}", json={"roles": ["warehouse_staff"]})
    assert answer.json()["roles"] == ["warehouse_staff"]
    assert (await client.get("/api/v1/me")).status_code == 401
    tokens = (await login(it, me["email"])).json()
    assert (await signed_in(it, tokens).get("/api/v1/me")).json()["roles"] == ["warehouse_staff"]


async def test_who_is_removed_is_a_shopper_and_signed_out(it: Alone) -> None:
    me, client = await member(it, "store_admin")
    key = (await client.post("/api/v1/api-keys", json={"name": "x", "scopes": ["orders:read"]})).json()
    answer = await it.client("store_admin").delete(f"/api/v1/staff/{me['id']}")
    assert answer.status_code in (204, 409)
    if answer.status_code == 409:  # the only admin there is in this store yet
        await member(it, "store_admin")
        assert (await it.client("store_admin").delete(f"/api/v1/staff/{me['id']}")).status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 401
    bearer = {"authorization": f"Bearer {key['key']}"}
    assert (await it.client().get("/api/v1/me", headers=bearer)).status_code == 401
    tokens = (await login(it, me["email"])).json()
    assert (await signed_in(it, tokens).get("/api/v1/me")).json()["roles"] == ["shopper"]
    assert (await it.client("store_admin").delete(f"/api/v1/staff/{me['id']}")).status_code == 404


async def test_an_admin_stays_also_when_two_remove_each_other(it: Alone) -> None:
    await it.sql("UPDATE users SET roles = '{shopper}' WHERE 'store_admin' = ANY (roles)", store=it.other)
    operator = it.client("operator", store=it.other)
    ids = []
    for _ in range(2):
        made = await operator.post(INVITE, json={"email": an_email(), "roles": ["store_admin"]})
        tokens = (await accept(it, made.json()["token"], it.other)).json()
        ids.append((await signed_in(it, tokens, store=it.other).get("/api/v1/me")).json()["id"])
    answers = await asyncio.gather(*(operator.delete(f"/api/v1/staff/{id}") for id in ids))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    (left,) = [m["id"] for m in (await operator.get("/api/v1/staff")).json()["items"] if "store_admin" in m["roles"]]
    answer = await operator.patch(f"/api/v1/staff/{left}", json={"roles": ["support"]})
    assert (answer.status_code, answer.json()["type"]) == (409, "last-admin")


async def test_the_list_has_the_staff_and_nobody_else(it: Alone) -> None:
    me, _ = await member(it, "support")
    shopper = (await register(it))["user"]["id"]
    admin = it.client("store_admin")
    found, cursor = {}, None
    while True:
        page = (await admin.get("/api/v1/staff", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        found |= {m["id"]: m for m in page["items"]}
        if (cursor := page["next"]) is None:
            break
    assert shopper not in found
    assert (found[me["id"]]["roles"], found[me["id"]]["totp"]) == (["support"], False)
    assert found[me["id"]]["last_seen_at"] is not None
    foreign = (await it.client("store_admin", store=it.other).get("/api/v1/staff", params={"limit": 100})).json()
    assert me["id"] not in {m["id"] for m in foreign["items"]}
