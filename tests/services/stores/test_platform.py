import asyncio
from uuid import uuid4

import pytest

from tests.harness import Alone
from tests.services.stores.opening import opened, rules
from tradehall.contracts.stores import Store

SERVICE = "stores"


async def test_store_of_the_host_is_found(it: Alone) -> None:
    answer = await it.client().get("/api/v1/store")
    assert answer.status_code == 200
    assert answer.json()["slug"] == it.store.slug


async def test_unknown_host_is_404(it: Alone) -> None:
    answer = await it.client().get("http://nowhere.example/api/v1/store")
    assert answer.status_code == 404
    assert answer.json()["type"] == "unknown-store"


async def test_operator_creates_a_store_that_is_found_at_once(it: Alone) -> None:
    operator = it.client("operator")
    answer = await operator.post("/api/v1/stores", json={"slug": "gamma", "name": "Gamma"})
    assert answer.status_code == 201, answer.text
    assert (await operator.get("http://gamma.localhost/api/v1/store")).json()["name"] == "Gamma"
    again = await operator.post("/api/v1/stores", json={"slug": "gamma", "name": "Gamma"})
    assert again.status_code == 409


async def test_all_errors_are_named_at_once(it: Alone) -> None:
    answer = await it.client("operator").post("/api/v1/stores", json={"slug": "NO", "currency": "usd", "hosts": [3]})
    assert answer.status_code == 422
    assert {e["field"] for e in answer.json()["errors"]} == {"slug", "name", "currency", "hosts[0]"}


async def test_shopper_may_not_create_stores(it: Alone) -> None:
    answer = await it.client("shopper").post("/api/v1/stores", json={"slug": "delta", "name": "Delta"})
    assert answer.status_code == 403


@pytest.mark.parametrize("slug", ["www", "api", "admin", "mail"])
async def test_slugs_the_platform_keeps_are_refused(it: Alone, slug: str) -> None:
    answer = await it.client("operator").post("/api/v1/stores", json={"slug": slug, "name": "X"})
    assert list(rules(answer)) == ["slug"]


async def test_hosts_of_a_new_store_are_normalised_and_never_below_the_platform(it: Alone) -> None:
    unique = uuid4().hex[:8]
    store = await opened(it, hosts=[f"Shop-{unique}.Example.com.", f"shop-{unique}.example.com"])
    assert store.hosts == [f"shop-{unique}.example.com"]
    body = {"slug": f"s{unique}", "name": "X", "hosts": ["fine.example", "other.localhost"]}
    assert list(rules(await it.client("operator").post("/api/v1/stores", json=body))) == ["hosts[1]"]


async def test_two_stores_made_at_the_same_moment_do_not_get_one_name(it: Alone) -> None:
    operator, slug = it.client("operator"), f"s{uuid4().hex[:10]}"
    answers = await asyncio.gather(
        *(operator.post("/api/v1/stores", json={"slug": slug, "name": str(n)}) for n in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_stores_are_listed_for_operators_in_pages(it: Alone) -> None:
    for _ in range(3):
        await opened(it)
    operator = it.client("operator")
    found, cursor = [], ""
    while cursor is not None:
        page = (
            await operator.get("/api/v1/stores", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        assert len(page["items"]) <= 2
        found += [store["slug"] for store in page["items"]]
        cursor = page["next"]
    assert len(found) == len(set(found)) >= 3
    assert (await operator.get("/api/v1/stores?cursor=x")).status_code == 422
    assert (await it.client("store_admin").get("/api/v1/stores")).status_code == 403


# --- status


async def set_status(it: Alone, store: Store, status: str) -> None:
    answer = await it.client("operator").put(f"/api/v1/stores/{store.slug}/status", json={"status": status})
    assert (answer.status_code, answer.json()["status"]) == (200, status)


async def test_a_suspended_store_answers_to_its_staff_and_sellers_only(it: Alone) -> None:
    store = await opened(it)
    guest, shopper = it.client(store=store), it.client("shopper", store=store)
    admin = it.client("store_admin", store=store)
    assert (await guest.get("/api/v1/store/legal")).status_code == 200
    await set_status(it, store, "suspended")
    for person in (guest, shopper):
        answer = await person.get("/api/v1/products")
        assert (answer.status_code, answer.json()["type"]) == (503, "store-suspended")
        assert answer.headers["retry-after"]
        assert answer.headers["cache-control"] == "no-store"
        assert (await person.get("/api/v1/store")).json()["status"] == "suspended"
        assert (await person.post("/api/v1/auth/register")).status_code == 503
        assert (await person.post("/api/v1/auth/login")).status_code == 404  # let through; identity is not here
        assert (await person.post("/api/v1/payments/webhooks/x")).status_code == 404
        assert (await person.get("/cart")).status_code == 503
        assert (await person.get("/admin/settings")).status_code == 404
    assert (await admin.patch("/api/v1/store", json={"name": "Paying"})).status_code == 200
    for role in ("seller", "warehouse_staff", "support"):  # what was sold is sent
        assert (await it.client(role, store=store).get("/api/v1/products")).status_code == 404
    at_its_host = it.client("operator", store=store)
    assert (await at_its_host.patch("/api/v1/store", json={"name": "Helped"})).status_code == 200
    await set_status(it, store, "active")
    assert (await guest.get("/api/v1/products")).status_code == 404
    assert (await guest.get("/api/v1/store")).json()["name"] == "Helped"


async def test_a_token_of_another_store_opens_no_suspended_one(it: Alone) -> None:
    store = await opened(it)
    await set_status(it, store, "suspended")
    stranger = it.client("store_admin")
    answer = await stranger.get(f"http://{store.hosts[0]}/api/v1/store/domains")
    assert answer.status_code == 401


async def test_a_closed_store_is_gone_for_everybody_and_can_be_opened_again(it: Alone) -> None:
    store = await opened(it)
    await set_status(it, store, "closed")
    for person in (it.client(store=store), it.client("store_admin", store=store), it.client("operator", store=store)):
        for path in ("/api/v1/store", "/", "/admin", "/api/v1/store/domains"):
            answer = await person.get(path)
            assert (answer.status_code, answer.json()["type"]) == (410, "store-closed")
    operator = it.client("operator", store=store)
    assert (await operator.get("/api/v1/stores")).status_code == 200
    await set_status(it, store, "active")
    assert (await it.client(store=store).get("/api/v1/store")).status_code == 200


async def test_grace_sells_on(it: Alone) -> None:
    store = await opened(it)
    await set_status(it, store, "grace")
    assert (await it.client(store=store).get("/api/v1/store")).json()["status"] == "grace"


async def test_status_is_for_operators_and_one_of_four(it: Alone) -> None:
    store = await opened(it)
    url = f"/api/v1/stores/{store.slug}/status"
    assert (await it.client("store_admin", store=store).put(url, json={"status": "active"})).status_code == 403
    assert list(rules(await it.client("operator").put(url, json={"status": "asleep"}))) == ["status"]
    assert (
        await it.client("operator").put("/api/v1/stores/nobody/status", json={"status": "grace"})
    ).status_code == 404
