"""The audit log as an admin reads it: of all services, with names."""

from tests.harness import Alone
from tests.services.identity.people import an_email
from tests.services.identity.test_staff import INVITE, member
from tradehall.kernel.ids import uuid7
from tradehall.services.identity.operators import ensure_operator

SERVICE = "identity"
AUDIT = "/api/v1/audit"


async def test_an_admin_sees_who_did_what_to_what(it: Alone) -> None:
    me, admin = await member(it, "store_admin")
    email = an_email()
    made = (await admin.post(INVITE, json={"email": email, "roles": ["support"]})).json()
    await admin.delete(f"{INVITE}/{made['id']}")
    log = (await admin.get(AUDIT, params={"actor": me["id"]})).json()["items"]
    assert [entry["action"] for entry in log] == ["withdraw", "invite"]
    assert log[0]["target"] == {"invitation_id": made["id"]}
    assert log[1]["fields"] == ["email", "roles"]
    assert (log[0]["service"], log[0]["actor"]["email"], log[0]["roles"]) == ("identity", me["email"], ["store_admin"])
    assert log[0]["actor"]["operator"] is False
    assert email not in str(log)


async def test_an_operator_in_a_store_is_seen_as_one(it: Alone) -> None:
    email = an_email()
    await ensure_operator(it.running, email, "a long password", "Olga")
    answer = await it.client().post("/api/v1/platform/login", json={"email": email, "password": "a long password"})
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    await it.client().post(INVITE, json={"email": an_email(), "roles": ["support"]}, headers=bearer)
    (entry, *_) = (await it.client("store_admin").get(AUDIT)).json()["items"]
    assert (entry["actor"]["name"], entry["actor"]["operator"], entry["roles"]) == ("Olga", True, ["operator"])


async def test_pages_and_narrowing_down(it: Alone) -> None:
    me, admin = await member(it, "store_admin")
    for _ in range(5):
        await admin.post(INVITE, json={"email": an_email(), "roles": ["support"]})
    first = (await admin.get(AUDIT, params={"actor": me["id"], "limit": 3})).json()
    rest = (await admin.get(AUDIT, params={"actor": me["id"], "limit": 3, "cursor": first["next"]})).json()
    ids = [entry["id"] for entry in first["items"] + rest["items"]]
    assert (len(set(ids)), ids) == (5, sorted(ids, reverse=True))
    assert rest["next"] is None
    assert (await admin.get(AUDIT, params={"service": "nosuch"})).json()["items"] == []
    assert (await admin.get(AUDIT, params={"actor": str(uuid7())})).json()["items"] == []
    for wrong in ({"cursor": "x"}, {"limit": "0"}, {"actor": "me"}):
        assert (await admin.get(AUDIT, params=wrong)).status_code in (400, 422)


async def test_it_is_the_admins_and_of_one_store(it: Alone) -> None:
    me, admin = await member(it, "store_admin")
    await admin.post(INVITE, json={"email": an_email(), "roles": ["support"]})
    for client, status in (
        (it.client(), 401),
        (it.client("shopper"), 403),
        (it.client("seller"), 403),
        (it.client("support"), 403),
        (it.client("warehouse_manager"), 403),
    ):
        assert (await client.get(AUDIT)).status_code == status
    foreign = (await it.client("store_admin", store=it.other).get(AUDIT)).json()["items"]
    assert me["id"] not in {entry["actor"]["id"] for entry in foreign}
    assert (await it.client("store_admin").get("/api/v1/platform/audit")).status_code == 403
    assert (await it.client("operator").get("/api/v1/platform/audit")).status_code == 200
