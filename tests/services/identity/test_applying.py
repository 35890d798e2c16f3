"""Applying as a seller, and the store's admin deciding."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.harness import Alone
from tests.services.identity.mailed import code_of
from tests.services.identity.people import login, register, signed_in, told
from tradehall.contracts.identity import SellerCreated, SellerDecided, SellerUpdated, UserUpdated
from tradehall.contracts.stores import SellerApproval
from tradehall.kernel.ids import uuid7

SERVICE = "identity"
APPLY = "/api/v1/sellers/applications"
MANAGE = "/api/v1/manage/sellers"


def wants(it: Alone, mode: SellerApproval) -> None:
    it.running.stores.put(msgspec.structs.replace(it.store, sellers=mode))


@pytest.fixture(autouse=True)
def open_for_applications(it: Alone) -> None:
    wants(it, "apply")


def application(**changes: Any) -> dict[str, Any]:
    return {"slug": f"s{uuid7().hex[-10:]}", "name": "Lund & Co.", "description": "Lamps.", **changes}


async def confirmed(it: Alone) -> tuple[str, httpx.AsyncClient]:
    made = await register(it)
    client, email = signed_in(it, made), made["user"]["email"]
    await client.post("/api/v1/auth/email/verify", json={"code": await code_of(it, email, "email_verification")})
    return email, client


async def applied(it: Alone) -> tuple[str, httpx.AsyncClient, dict[str, Any]]:
    email, client = await confirmed(it)
    answer = await client.post(APPLY, json=application())
    assert answer.status_code == 201, answer.text
    return email, client, answer.json()


async def decide(it: Alone, seller: dict[str, Any], decision: str, note: str = "", status: int = 200) -> Any:
    answer = await it.client("store_admin").post(f"{MANAGE}/{seller['id']}/{decision}", json={"note": note})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_an_applicant_sells_when_approved(it: Alone) -> None:
    email, client, seller = await applied(it)
    assert (seller["status"], (await client.get("/api/v1/me/seller")).json()["id"]) == ("applied", seller["id"])
    assert (await it.client().get(f"/api/v1/sellers/{seller['slug']}")).status_code == 404
    assert (await client.get("/api/v1/me")).json()["seller_id"] is None
    waiting = (await it.client("store_admin").get(MANAGE, params={"status": "applied"})).json()["items"]
    assert seller["id"] in {row["id"] for row in waiting}
    assert (await decide(it, seller, "approve", " Welcome. "))["note"] == "Welcome."
    assert (await told(it, SellerCreated, seller_id=seller["id"])).status == "active"
    assert (await told(it, UserUpdated, email=email)).roles == ["shopper", "seller"]
    assert (await told(it, SellerDecided, seller_id=seller["id"])).note == "Welcome."
    assert (await it.client().get(f"/api/v1/sellers/{seller['slug']}")).status_code == 200
    fresh = signed_in(it, (await login(it, email)).json())
    changed = await fresh.patch(f"/api/v1/sellers/{seller['slug']}", json={"name": "Lund"})
    assert changed.json()["name"] == "Lund"


async def test_a_suspended_seller_is_out_of_sight_and_comes_back(it: Alone) -> None:
    email, _, seller = await applied(it)
    await decide(it, seller, "approve")
    await decide(it, seller, "suspend", "Unpaid bills.")
    assert (await told(it, SellerUpdated, seller_id=seller["id"], status="suspended")).name == seller["name"]
    assert (await it.client().get(f"/api/v1/sellers/{seller['slug']}")).status_code == 404
    listed = (await it.client().get("/api/v1/sellers", params={"limit": 100})).json()["items"]
    assert seller["id"] not in {row["id"] for row in listed}
    fresh = signed_in(it, (await login(it, email)).json())
    own = (await fresh.get("/api/v1/me/seller")).json()
    assert (own["status"], own["note"]) == ("suspended", "Unpaid bills.")
    assert (await fresh.get("/api/v1/me")).json()["seller_id"] == seller["id"]  # for the open orders
    await decide(it, seller, "resume")
    assert (await it.client().get(f"/api/v1/sellers/{seller['slug']}")).status_code == 200


async def test_who_was_refused_may_apply_again(it: Alone) -> None:
    _, client, seller = await applied(it)
    await decide(it, seller, "refuse", "Tell us more.")
    assert (await client.get("/api/v1/me/seller")).json()["note"] == "Tell us more."
    again = await client.post(APPLY, json=application(description="Lamps from Lund, by hand."))
    assert (again.json()["id"], again.json()["status"], again.json()["note"]) == (seller["id"], "applied", "")
    await decide(it, seller, "approve")
    events = [e for e in await it.published(SellerCreated) if str(e.seller_id) == seller["id"]]
    assert [e.description for e in events] == ["Lamps from Lund, by hand."]


async def test_a_store_may_take_everybody_or_nobody(it: Alone) -> None:
    _, client = await confirmed(it)
    wants(it, "closed")
    answer = await client.post(APPLY, json=application())
    assert (answer.status_code, answer.json()["type"]) == (403, "no-sellers-wanted")
    wants(it, "open")
    answer = await client.post(APPLY, json=application())
    assert (answer.status_code, answer.json()["status"]) == (201, "active")
    await told(it, SellerCreated, seller_id=answer.json()["id"])


async def test_only_a_confirmed_address_applies(it: Alone) -> None:
    client = signed_in(it, await register(it))
    answer = await client.post(APPLY, json=application())
    assert (answer.status_code, answer.json()["type"]) == (409, "unconfirmed")


async def test_one_shop_each_also_for_two_at_once(it: Alone) -> None:
    _, client = await confirmed(it)
    answers = await asyncio.gather(*(client.post(APPLY, json=application()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert (await client.post(APPLY, json=application())).json()["type"] == "seller-already"


async def test_a_slug_is_used_once(it: Alone) -> None:
    _, _, seller = await applied(it)
    _, other = await confirmed(it)
    answer = await other.post(APPLY, json=application(slug=seller["slug"]))
    assert (answer.status_code, answer.json()["type"]) == (409, "slug-taken")
    mine = (await other.post(APPLY, json=application())).json()
    await decide(it, mine, "refuse")
    answer = await other.post(APPLY, json=application(slug=seller["slug"]))
    assert (answer.status_code, answer.json()["type"]) == (409, "slug-taken")
    assert (await other.get("/api/v1/me/seller")).json()["slug"] == mine["slug"]


@pytest.mark.parametrize(
    ("before", "refused"),
    [
        ([], ["suspend", "resume"]),
        (["approve"], ["approve", "refuse", "resume"]),
        (["refuse"], ["approve", "refuse", "suspend", "resume"]),
        (["approve", "suspend"], ["approve", "refuse", "suspend"]),
    ],
)
async def test_what_does_not_follow_is_refused(it: Alone, before: list[str], refused: list[str]) -> None:
    _, _, seller = await applied(it)
    for decision in before:
        seller = await decide(it, seller, decision)
    for decision in refused:
        assert (await decide(it, seller, decision, status=409))["type"] == "not-decidable"
    assert (await decide(it, seller, "dissolve", status=422))["errors"][0]["field"] == "decision"


async def test_two_admins_decide_once(it: Alone) -> None:
    _, _, seller = await applied(it)
    path = f"{MANAGE}/{seller['id']}"
    answers = await asyncio.gather(
        *(it.client("store_admin").post(f"{path}/{d}", json={}) for d in ("approve", "approve", "refuse", "refuse"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len([e for e in await it.published(SellerDecided) if str(e.seller_id) == seller["id"]]) == 1


async def test_deciding_is_the_admins_business(it: Alone) -> None:
    _, client, seller = await applied(it)
    path = f"{MANAGE}/{seller['id']}/approve"
    for who, status in ((it.client(), 401), (client, 403), (it.client("support"), 403), (it.client("seller"), 403)):
        assert (await who.post(path, json={})).status_code == status
        assert (await who.get(MANAGE)).status_code == status
    assert (await it.client("store_admin", store=it.other).post(path, json={})).status_code == 404
    assert (await it.client("operator").post(APPLY, json=application())).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "No"}, "slug"),
        ({"slug": "1a"}, "slug"),
        ({"name": ""}, "name"),
        ({"name": "\0"}, "name"),
        ({"description": "x" * 4001}, "description"),
    ],
)
async def test_bad_applications_name_the_field(it: Alone, wrong: dict[str, Any], field: str) -> None:
    answer = await it.client("shopper").post(APPLY, json=application(**wrong))
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
