"""What a credential is good for: each role of the staff, a session that has ended or expired, an API key of another scope.

Every route of the API is tried with each.
"""

import re
import time
from collections.abc import Set

import pytest

from tests.journeys.program import Program
from tests.journeys.shop import People, Person
from tests.journeys.test_tenancy import (
    BY_LINK,
    FLOOR,
    HOME,
    NOBODY,
    NOTES,
    PUBLIC,
    RETURNS,
    SIGNED_IN,
    STOCKKEEPING,
    STORELESS,
    a_victim,
    attack,
    routes_of,
    state_of,
)
from tradehall.kernel.auth import Claims, Signer
from tradehall.kernel.ids import uuid7

FULFILMENT = {
    "POST /api/v1/orders/{order_id}/ship",
    "POST /api/v1/orders/{order_id}/deliver",
    "GET /api/v1/shipping/accounts",
    "POST /api/v1/shipments/{shipment_id}/label",
    "GET /api/v1/shipments/{shipment_id}/label",
}
WAREHOUSES = {
    "PUT /api/v1/warehouses/{code}",
    "POST /api/v1/warehouses/{code}/activate",
    "POST /api/v1/warehouses/{code}/deactivate",
    "GET /api/v1/warehouses/{code}/staff",
    "PUT /api/v1/warehouses/{code}/staff",
    "GET /api/v1/warehouse-staff",
}
# Beyond what anybody who is signed in may call.
POWERS = {
    "support": NOTES
    | RETURNS
    | {
        "GET /api/v1/payments",
        "GET /api/v1/payments/refunds",
        "GET /api/v1/notifications/deliveries",
        "POST /api/v1/notifications/deliveries/{delivery_id}/resend",
        "GET /api/v1/manage/reviews",
        "GET /api/v1/moderation",
        "PUT /api/v1/reviews/{review_id}/status",
        "PUT /api/v1/comments/{comment_id}/status",
    },
    "warehouse_staff": FULFILMENT | FLOOR | NOTES,
    "warehouse_manager": FULFILMENT | FLOOR | NOTES | STOCKKEEPING | WAREHOUSES,
}
SERVICES = (
    "analytics",
    "catalog",
    "inventory",
    "notifications",
    "orders",
    "payments",
    "reviews",
    "search",
    "shipping",
    "stores",
)


LOGOUT = {"POST /api/v1/auth/logout", "POST /api/v1/platform/logout"}


async def statuses(people: People, person: Person, *, but: Set[str] = frozenset()) -> dict[str, int]:
    """Of every route, with ids of nothing."""
    found = {}
    for route in await routes_of(people.guest(HOME)):
        if route.name in but:
            continue
        path = re.sub(r"\{\w+\}", NOBODY, route.path)
        found[route.name] = (await person.http.request(route.method, path)).status_code
    return found


@pytest.mark.parametrize("role", POWERS)
async def test_a_role_may_call_what_it_is_for(people: People, role: str) -> None:
    may = PUBLIC | BY_LINK | SIGNED_IN | POWERS[role]
    got = await statuses(people, await people.staff(HOME, role), but=LOGOUT)
    assert {name: status for name, status in got.items() if name not in may and status != 403} == {}
    assert {name for name in POWERS[role] if got[name] in (401, 403)} == set()


async def test_a_session_that_has_ended_opens_nothing(people: People) -> None:
    person = await people.admin(HOME)
    await person.ask("POST", "/api/v1/auth/logout")
    assert await let_in(people, person) == {}


async def test_an_expired_token_opens_nothing(people: People, program: Program) -> None:
    admin = await people.admin(HOME)
    me, store = await admin.get("/api/v1/me"), await admin.get("/api/v1/store")
    now = int(time.time())
    claims = Claims(
        sub=me["id"], sid=uuid7(), jti="j", iat=now - 1000, exp=now - 1, roles=["store_admin"], store=store["id"]
    )
    signer = Signer(program.data / "keys")
    assert await let_in(people, people.bearer(HOME, signer.sign(claims))) == {}


async def let_in(people: People, person: Person) -> dict[str, int]:
    """Where the answer is not 401."""
    got = await statuses(people, person)
    assert len(got) > 50
    return {name: status for name, status in got.items() if status != 401 and name not in STORELESS}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_key_opens_its_service_and_nothing_else(people: People, service: str) -> None:
    """Nothing of accounts either, and not even what anybody may read without a key."""
    document = await people.guest(HOME).get("/api/docs/openapi.json")
    of = {
        f"{method.upper()} {path}": operation["tags"][0]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and operation.get("tags")
    }
    for scope in ("read", "write"):
        got = await statuses(people, await people.key(HOME, f"{service}:{scope}"))
        inside = {n for n in got if of.get(n) == service and (scope == "write" or n.startswith("GET"))}
        assert {n: got[n] for n in got.keys() - inside - STORELESS if got[n] != 403} == {}
        assert [n for n in inside if got[n] not in (401, 403)]


async def test_a_key_of_another_scope_changes_nothing(people: People) -> None:
    victim = await a_victim(people)
    before = await state_of(victim)
    key = await people.key(HOME, "notifications:read", "catalog:read")
    wrong = []
    for route in await routes_of(victim.buyer):
        if "{" in route.path and route.method != "GET":
            answer = await attack(key, route, victim)
            if answer.status_code not in (401, 403, 404):
                wrong.append(f"{route.name}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []
    assert await state_of(victim) == before
