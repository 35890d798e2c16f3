from tests.harness import Alone

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


async def test_admin_changes_the_own_store(it: Alone) -> None:
    operator = it.client("operator")
    made = (await operator.post("/api/v1/stores", json={"slug": "delta", "name": "Delta"})).json()
    answer = await operator.patch("http://delta.localhost/api/v1/store", json={"order_expiry_seconds": 60})
    assert answer.json() == {**made, "order_expiry_seconds": 60}
