"""What every service's HTTP has from the kernel: refusals, validation, keys, ids, headers, limits, the answer cache."""

from typing import Any

import pytest
from litestar import get

from tests.harness import Alone, a_store
from tests.kernel.asking import THING, fields, problem
from tests.kernel.shop import api
from tradehall.contracts.values import Event
from tradehall.kernel.bus import Message
from tradehall.kernel.http import build_app
from tradehall.kernel.paging import encode_cursor
from tradehall.kernel.runtime import Running
from tradehall.kernel.service import Service
from tradehall.kernel.service import on as subscribe

# --- problems


@pytest.mark.parametrize("slug", api.REFUSALS)
async def test_refusal_is_a_problem_with_its_status_and_slug(shop: Alone, slug: str) -> None:
    answer = await shop.client().get(f"/api/v1/refusals/{slug}")
    assert problem(answer, api.REFUSALS[slug].status, slug)["detail"] == "because"


async def test_unauthorized_says_how(shop: Alone) -> None:
    answer = await shop.client().get("/api/v1/me")
    problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_crash_is_a_problem_that_tells_nothing(shop: Alone) -> None:
    answer = await shop.client().get("/api/v1/crash")
    problem(answer, 500, "internal-error")
    assert "secret detail" not in answer.text


async def test_database_that_went_away_is_no_crash(shop: Alone) -> None:
    answer = await shop.client().get("/api/v1/away")
    problem(answer, 503, "busy")


async def test_frameworks_own_errors_are_problems(shop: Alone) -> None:
    client = shop.client()
    problem(await client.get("/api/v1/nowhere"), 404, "not-found")
    answer = await client.delete("/api/v1/things")
    problem(answer, 405, "method-not-allowed")
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))
    problem(await client.get("/api/v1/things/x"), 404, "not-found")


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"[1,", b"\xff\xfe", b'{"name": "a"', b"[" * 100_000])
async def test_broken_json_is_a_problem(shop: Alone, body: bytes) -> None:
    answer = await shop.client().post("/api/v1/things", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"text"'])
async def test_wrong_kind_of_json_names_the_body(shop: Alone, body: bytes) -> None:
    answer = await shop.client().post("/api/v1/things", content=body, headers={"content-type": "application/json"})
    assert set(fields(answer)) == {"body"}


# --- validation


@pytest.mark.parametrize("quantity", ["3", 3.5, True, None, [3], {"n": 3}])
async def test_value_of_another_type_is_refused_even_where_it_could_be_read(shop: Alone, quantity: Any) -> None:
    answer = await shop.client().post("/api/v1/things", json={**THING, "parts": [{"sku": "A", "quantity": quantity}]})
    assert set(fields(answer)) == {"parts[0].quantity"}


async def test_good_thing_passes(shop: Alone) -> None:
    answer = await shop.client().post("/api/v1/things", json=THING)
    assert answer.status_code == 201
    assert answer.json()["parts"] == THING["parts"]


async def test_every_error_is_named_at_once(shop: Alone) -> None:
    answer = await shop.client().post(
        "/api/v1/things",
        json={
            "name": "",
            "price": {"amount": -1, "currency": "usd"},
            "parts": [{"sku": "a", "quantity": 0}, {"quantity": "x"}, 3],
            "spare": {"sku": "B"},
            "shape": {"kind": "box", "width": 0},
            "code": [],
            "colour": "green",
            "tags": {"a": 0, "b": 1},
            "owner": "nobody",
            "corners": [0],
        },
    )
    assert set(fields(answer)) >= {
        "name",
        "price.amount",
        "price.currency",
        "parts[0].sku",
        "parts[0].quantity",
        "parts[1].sku",
        "parts[1].quantity",
        "parts[2]",
        "spare.quantity",
        "shape.width",
        "shape.height",
        "code",
        "colour",
        "owner",
        "corners",
    }
    assert any(field.startswith("tags") for field in fields(answer))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "x" * 21}, "name"),
        ({"name": 3}, "name"),
        ({"name": None}, "name"),
        ({"price": 3}, "price"),
        ({"price": {}}, "price.amount"),
        ({"price": {"amount": 1.5, "currency": "USD"}}, "price.amount"),
        ({"price": {"amount": 10**30, "currency": "USD"}}, "price.amount"),
        ({"price": {"amount": True, "currency": "USD"}}, "price.amount"),
        ({"parts": []}, "parts"),
        ({"parts": THING["parts"] * 4}, "parts"),  # type: ignore[operator]
        ({"parts": {}}, "parts"),
        ({"spare": {"sku": "A", "quantity": 1000}}, "spare.quantity"),
        ({"spare": []}, "spare"),
        ({"shape": {"kind": "ball"}}, "shape.kind"),
        ({"shape": {}}, "shape"),
        ({"shape": {"kind": "tube", "length": "x"}}, "shape.length"),
        ({"shape": "box"}, "shape"),
        ({"code": 1.5}, "code"),
        ({"owner": "1"}, "owner"),
        ({"corners": [1, 1, 1]}, "corners"),
        ({"corners": [1, 0]}, "corners[1]"),
        ({"tags": {"a": "x"}}, "tags[...]"),
    ],
)
async def test_wrong_field_is_named(shop: Alone, change: dict[str, Any], field: str) -> None:
    answer = await shop.client().post("/api/v1/things", json=THING | change)
    found = fields(answer)
    assert set(found) == {field} or (field == "price.amount" and "price.amount" in found), found
    assert all(found.values())


async def test_wrong_parameters_are_named(shop: Alone) -> None:
    assert set(fields(await shop.client().get("/api/v1/things/3?exact=perhaps"))) == {"exact"}


@pytest.mark.parametrize("name", ["a\0b", "\0"])
async def test_text_the_database_cannot_hold_is_refused(shop: Alone, name: str) -> None:
    answer = await shop.client().post("/api/v1/notes", json={"name": name})
    assert answer.status_code == 422
    assert "NUL" in answer.json()["detail"]


@pytest.mark.parametrize("number", [2**31, -(2**40), 2**64])
async def test_number_the_database_cannot_hold_is_refused(shop: Alone, number: int) -> None:
    answer = await shop.client().post("/api/v1/notes", json={"name": "n", "number": number})
    problem(answer, 422, "invalid")


# --- cursors


async def test_pages_follow_each_other(shop: Alone) -> None:
    client = shop.client()
    for n in range(5):
        await client.post("/api/v1/notes", json={"name": f"page {n}"})
    seen: list[str] = []
    following: str | None = None
    for _ in range(10):
        params = {"cursor": following} if following else {}
        body = (await client.get("/api/v1/notes", params=params)).json()
        seen += [item["name"] for item in body["items"]]
        following = body["next"]
        if following is None:
            break
    assert [name for name in seen if name.startswith("page")] == [f"page {n}" for n in range(5)]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "%00",
        "é",
        "W10",
        "bnVsbA",
        encode_cursor(1),
        encode_cursor("1", "a"),
        encode_cursor(1, "a", "b"),
        encode_cursor(1.5, "a"),
        encode_cursor(2**63, "a"),
        encode_cursor(1, "a") + "A",
        "A" * 50_000,
    ],
)
async def test_tampered_cursor_is_refused(shop: Alone, cursor: str) -> None:
    answer = await shop.client().get("/api/v1/notes", params={"cursor": cursor})
    problem(answer, 422, "invalid")


# --- start


def _service(*routes: Any) -> Service:
    return Service("bare", routes=routes, modules=[api])


async def test_route_without_an_access_rule_fails_at_start(shop: Alone) -> None:
    @get("/api/v1/bare", sync_to_thread=False)
    def bare() -> None: ...

    running = Running(shop.running.settings, [_service(bare)])
    with pytest.raises(ValueError, match="/api/v1/bare"):
        build_app(running)
    await running.peers.close()


async def test_web_socket_without_an_access_rule_fails_at_start(shop: Alone) -> None:
    from litestar import WebSocket, websocket

    @websocket("/api/v1/socket")
    async def bare(socket: WebSocket[Any, Any, Any]) -> None: ...

    running = Running(shop.running.settings, [_service(bare)])
    with pytest.raises(ValueError, match="/api/v1/socket"):
        build_app(running)
    await running.peers.close()


def test_two_subscribers_of_one_event_fail_at_start() -> None:
    import types

    class Twice(Event, frozen=True, kw_only=True, tag="Twice"):
        publisher = "outside"

    module = types.ModuleType("twice")

    async def first(event: Twice, tx: Any) -> None: ...

    async def second(event: Twice, tx: Any) -> None: ...

    for function in (first, second):
        function.__module__ = "twice"
        setattr(module, function.__name__, subscribe(Twice)(function))
    with pytest.raises(ValueError, match="two handlers"):
        Service("twice", modules=[module])


# --- stores by host


@pytest.mark.parametrize("host", ["nowhere.example", "alpha.localhost.evil.example", "", "alpha", "é", "..", "a" * 300])
async def test_unknown_host_is_404(shop: Alone, host: str) -> None:
    answer = await shop.client().get("/api/v1/things", headers=[(b"host", host.encode())])
    problem(answer, 404, "unknown-store")


@pytest.mark.parametrize("host", ["alpha.localhost", "ALPHA.localhost", "alpha.localhost:8000", "Alpha.LocalHost:80"])
async def test_host_finds_its_store_whatever_its_case_and_port(shop: Alone, host: str) -> None:
    answer = await shop.client().get("/api/v1/things", headers={"host": host})
    assert answer.json()["store"] == "alpha"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "[::1]:8000", "[::1]"])
async def test_address_means_the_default_store(shop: Alone, host: str) -> None:
    default = a_store(shop.running.settings.default_store)
    shop.running.stores.put(default)
    answer = await shop.client().get("/api/v1/things", headers={"host": host})
    assert answer.json()["store"] == default.slug


async def test_store_that_gives_up_a_host_is_not_found_there_any_more(shop: Alone) -> None:
    import msgspec

    moved = a_store("moved")
    shop.running.stores.put(moved)
    shop.running.stores.put(msgspec.structs.replace(moved, hosts=["moved.example"]))
    assert shop.running.stores.by_host("moved.localhost") is None
    assert shop.running.stores.by_host("moved.example") is not None


# --- telemetry


async def test_metrics_are_text_and_bounded(shop: Alone) -> None:
    client = shop.client()
    for n in range(3):
        await client.request(f"M{n}", "/api/v1/things")
        await client.get(f"/api/v1/nowhere/{n}")
    text = (await client.get("/metrics")).text
    assert "tradehall_http_requests_total" in text
    assert 'method="M0"' not in text
    assert "/nowhere/" not in text


async def test_correlation_goes_on_from_the_request_through_every_event(shop: Alone) -> None:
    from tests.harness import eventually
    from tests.kernel.shop import subscribers

    client = shop.client()
    answer = await client.post("/api/v1/asked", json={"name": "followed"}, headers={"x-correlation-id": "c0ffee"})
    assert answer.status_code == 201

    async def arrived() -> bool:
        return await shop.sql("SELECT true FROM notes WHERE name = 'followed'") != []

    await eventually(arrived)
    assert subscribers.contexts["followed"][0] == "c0ffee"

    def chain() -> list[Message]:
        return [m for m in shop.messages if m.headers.get("correlation") == "c0ffee"]

    async def all_heard() -> bool:
        return len(chain()) == 2

    await eventually(all_heard)
    passed, errand = chain()
    assert [passed.type, errand.type] == ["Passed", "Errand"]
    assert errand.headers["causation"] == str(passed.id)
    assert passed.headers["causation"]
    assert subscribers.contexts["followed"][1] == str(errand.id)
