"""The platform's own pages, asked in front of an API that the test plays: what was typed stays, what is refused is said."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.harness import Alone, a_store, alone
from tests.web.browser import Browser
from tradehall.app import load
from tradehall.kernel.settings import Settings

TOTAL = {"amount": 1900, "currency": "USD"}
NO_LIMITS = {"products": None, "staff": None, "warehouses": 3}
PLAN = {
    "code": "starter", "name": "Starter", "sentence": "To begin with.", "price": TOTAL, "theme": "plain", "public": True,
    "position": 0, "limits": NO_LIMITS,
    "cycles": [
        {"months": 1, "discount": 0, "total": TOTAL},
        {"months": 12, "discount": 10, "total": {"amount": 20520, "currency": "USD"}},
    ],
}  # fmt: skip


TERMS = {
    "ways": [
        {"method": "card-simulated", "currencies": []},
        {"method": "stripe", "currencies": []},
        {"method": "midtrans", "currencies": ["IDR"]},
        {"method": "bank-slip", "currencies": []},
    ],
    "issuer": "Tradehall\nFonte 1",
    "tax": {"name": "VAT", "rate": 770, "included": False},
}
SLIP = {"kind": "slip", "url": "", "code": "ABCD-2345", "bank": "Bank of Fonte", "until": "2027-01-08T00:00:00Z"}
PAGE = {"kind": "page", "url": "https://pay.example/1", "code": "", "bank": "", "until": None}


class FakePlatform:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.answers: dict[str, tuple[int, Any]] = {"GET /api/v1/platform/terms": (200, TERMS)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive()).get("type") == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        name = f"{scope['method']} {scope['path']}"
        headers = dict(scope["headers"])
        self.asked.append((name, headers.get(b"idempotency-key", b"").decode(), json.loads(body) if body else None))
        status, answer = self.answers.get(name, (200, [PLAN]))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    (service,) = load(["web"])
    async with alone(service, servers, Path(tmp_path_factory.mktemp("web"))) as harness:
        yield harness


@pytest.fixture
def api(it: Alone) -> FakePlatform:
    api = FakePlatform()
    it.running.peers.client._transport = httpx.ASGITransport(api)
    return api


def browser(it: Alone, host: str = "www.localhost") -> Browser:
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(it.app), base_url=f"http://{host}", headers={"accept": "text/html"}
    )
    it.clients.append(client)
    return Browser(client)


@pytest.mark.parametrize("host", ["www.localhost", "nobody.example", "alpha.localhost"])
async def test_plans_are_shown_at_any_host_with_every_price(it: Alone, api: FakePlatform, host: str) -> None:
    page = await browser(it, host).open("/start")
    assert page.status_code == 200
    for words in ("Starter", "$19.00", "$205.20", "10 % off", "As many products as you like", "3 warehouses"):
        assert words in page.text
    assert "/start/theme.css" in page.text
    assert 'href="/theme.css' not in page.text


async def test_the_platforms_host_leads_to_them_and_a_stores_does_not(it: Alone, api: FakePlatform) -> None:
    answer = await browser(it).client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (301, "/start")
    assert (await browser(it, "nobody.example").client.get("/")).status_code == 404
    assert (await browser(it).client.get("/products")).status_code == 404
    it.running.stores.put(a_store("shop"))
    assert "location" not in (await browser(it, "shop.localhost").client.get("/")).headers


async def test_what_operators_do_not_have_is_told_in_their_own_frame(it: Alone, api: FakePlatform) -> None:
    page = await browser(it).open("/operator/nothing")
    assert page.status_code == 404
    assert 'aria-label="Operators"' in page.text
    assert 'aria-label="Operators"' not in (await browser(it).open("/start/nothing")).text


def begun(status: str = "unproven", **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "token": "t0k3n", "status": status, "email": "ada@new.example", "name": "Paper & Ink",
        "slug": "paper", "plan": "starter", "months": 12, "total": TOTAL, "url": None, "turn": None,
        "method": "card-simulated", "expires_at": "2027-01-01T00:00:00Z",
    } | changes  # fmt: skip


async def test_what_was_seen_is_what_is_signed_up_for(it: Alone, api: FakePlatform) -> None:
    signup = begun()
    api.answers["POST /api/v1/platform/signups"] = (201, signup)
    api.answers[f"GET /api/v1/platform/signups/{signup['id']}"] = (200, signup)
    visitor = browser(it)
    await visitor.open("/start/signup?plan=starter&months=12")
    await visitor.send("/start/signup", name="Paper & Ink", slug="paper", email="ada@new.example", card="tok_ok")
    (sent,) = [ask for ask in api.asked if ask[0] == "POST /api/v1/platform/signups"]
    assert sent[1]
    assert sent[2] == {
        "email": "ada@new.example",
        "name": "Paper & Ink",
        "slug": "paper",
        "plan": "starter",
        "months": 12,
        "payment": {"method": "card-simulated", "token": "tok_ok"},
        "total": {"amount": 20520, "currency": "USD"},
    }
    assert visitor.page.url.path == f"/start/signup/{signup['id']}"
    assert "Paper &amp; Ink" in visitor.page.text
    assert "ada@new.example" in visitor.page.text


async def test_what_is_refused_is_said_at_its_field_and_what_was_typed_stays(it: Alone, api: FakePlatform) -> None:
    problem = {"type": "name-taken", "title": "Another store has this name", "detail": "Taken.", "errors": []}
    api.answers["POST /api/v1/platform/signups"] = (409, problem)
    visitor = browser(it)
    await visitor.open("/start/signup")
    page = await visitor.send("/start/signup", name="Mine", slug="taken", email="ada@new.example")
    assert page.status_code == 409
    assert "This address is taken. Choose another one." in page.text
    assert 'value="Mine"' in page.text
    page = await visitor.send("/start/signup", name="", slug="", email="")
    assert page.status_code == 422
    assert "Enter the name of your store." in page.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("unproven", "Confirm your address"),
        ("charging", "Opening your store"),
        ("declined", "It was not paid"),
        ("opened", "Your store is open"),
        ("expired", "This signup has ended"),
    ],
)
async def test_every_step_has_its_page_and_works_by_reload(
    it: Alone, api: FakePlatform, status: str, words: str
) -> None:
    signup = begun(status, url="http://paper.localhost:8000" if status == "opened" else None)
    api.answers[f"GET /api/v1/platform/signups/{signup['id']}"] = (200, signup)
    page = await browser(it).open(f"/start/signup/{signup['id']}?token=t0k3n")
    assert words in page.text
    assert ("hx-get" in page.text) == ('http-equiv="refresh"' in page.text) == (status == "charging")
    assert ("http://paper.localhost:8000" in page.text) == (status == "opened")


async def test_a_way_to_pay_is_chosen_and_those_for_other_currencies_are_not_shown(
    it: Alone, api: FakePlatform
) -> None:
    signup = begun()
    api.answers["POST /api/v1/platform/signups"] = (201, signup)
    api.answers[f"GET /api/v1/platform/signups/{signup['id']}"] = (200, signup)
    visitor = browser(it)
    page = await visitor.open("/start/signup?plan=starter&months=1")
    assert 'value="midtrans"' not in page.text
    assert "The totals include 7.7 % VAT, put on the price of the plan." in page.text
    await visitor.send(
        "/start/signup", name="Paper", slug="paper", email="ada@new.example", method="bank-slip", card="tok_ok"
    )
    (sent,) = [body for name, _, body in api.asked if name == "POST /api/v1/platform/signups"]
    assert sent["payment"] == {"method": "bank-slip"}


@pytest.mark.parametrize(("turn", "words"), [(SLIP, "ABCD-2345"), (PAGE, "https://pay.example/1")])
async def test_who_has_to_pay_elsewhere_sees_where_and_may_choose_another_way(
    it: Alone, api: FakePlatform, turn: dict[str, Any], words: str
) -> None:
    signup = begun("waiting", turn=turn, method="stripe")
    path = f"/start/signup/{signup['id']}"
    api.answers[f"GET /api/v1/platform/signups/{signup['id']}"] = (200, signup)
    api.answers[f"POST /api/v1/platform/signups/{signup['id']}/pay"] = (202, signup)
    api.answers[f"POST /api/v1/platform/signups/{signup['id']}/back"] = (202, signup)
    visitor = browser(it)
    page = await visitor.open(f"{path}?token=t0k3n&back=1")
    assert ("Opening your store" in page.text, "back=2" in page.text) == (True, True)
    await visitor.open(f"{path}?token=t0k3n&back=2")
    assert [name for name, *_ in api.asked if name.endswith("/back")] == [
        f"POST /api/v1/platform/signups/{signup['id']}/back"
    ]
    page = await visitor.open(f"{path}?token=t0k3n")
    assert words in page.text
    assert "hx-get" not in page.text
    await visitor.send(f"{path}/pay", method="card-simulated", card="tok_ok")
    (sent,) = [body for name, _, body in api.asked if name.endswith("/pay")]
    assert sent == {"payment": {"method": "card-simulated", "token": "tok_ok"}, "total": TOTAL}


async def an_operator(it: Alone, api: FakePlatform) -> Browser:
    visitor = browser(it)
    visitor.client.cookies.set("operator", f"{it.token('operator')}~refresh")
    return visitor


async def test_operators_say_how_they_are_paid_and_what_stands_on_a_bill(it: Alone, api: FakePlatform) -> None:
    api.answers["GET /api/v1/platform/payments/accounts"] = (200, [])
    visitor = await an_operator(it, api)
    page = await visitor.open("/operator/payments")
    assert "stripe, no account yet" in page.text
    assert 'value="7.7"' in page.text
    api.answers["PUT /api/v1/platform/terms"] = (200, TERMS)
    await visitor.send("/operator/payments", methods="bank-slip", tax_rate="19", tax_included="yes")
    (sent,) = [body for name, _, body in api.asked if name == "PUT /api/v1/platform/terms"]
    assert sent == {
        "methods": ["bank-slip"],
        "issuer": "Tradehall\nFonte 1",
        "tax": {"name": "VAT", "rate": 1900, "included": True},
    }
    page = await visitor.open("/operator/payments/stripe")
    assert "/api/v1/platform/payments/webhooks/stripe" in page.text
    api.answers["PUT /api/v1/platform/payments/accounts"] = (200, {})
    await visitor.send("/operator/payments/stripe", secret_key="sk_test_1", webhook_secret="whsec_1")
    (sent,) = [body for name, _, body in api.asked if name == "PUT /api/v1/platform/payments/accounts"]
    assert sent == {
        "provider": "stripe", "secret_key": "sk_test_1", "webhook_secret": "whsec_1",
    }  # fmt: skip
    assert (await visitor.open("/operator/payments/nobody")).status_code == 404


async def test_operators_book_a_transfer_and_say_what_they_sent_back(it: Alone, api: FakePlatform) -> None:
    nothing, ids = {"amount": 0, "currency": "USD"}, (str(uuid4()), str(uuid4()))
    slip = {
        "id": ids[0], "invoice_id": str(uuid4()), "label": "PAPER-0001", "method": "bank-slip", "status": "action",
        "amount": TOTAL, "captured": nothing, "refunded": nothing, "owed": nothing, "by_hand": True, "code": "ABCD-2345",
        "note": "", "created_at": "2027-01-01T00:00:00Z",
    }  # fmt: skip
    owed = slip | {"id": ids[1], "status": "refunding", "captured": TOTAL, "owed": TOTAL, "code": ""}
    api.answers["GET /api/v1/platform/payments"] = (200, {"items": [slip, owed], "next": None})
    visitor = await an_operator(it, api)
    for id, action in zip(ids, ("received", "refunded"), strict=True):
        page = await visitor.open("/operator/bills")
        assert "ABCD-2345" in page.text
        await visitor.send(f"/operator/bills/{id}/{action}")
        assert f"POST /api/v1/platform/payments/{id}/{action}" in [name for name, *_ in api.asked]


async def test_operators_end_a_subscription_with_a_reason(it: Alone, api: FakePlatform) -> None:
    store = {"slug": "paper", "name": "Paper", "hosts": ["paper.localhost"], "plan": "starter", "status": "active"}
    bill = {
        "number": "PAPER-0001", "id": str(uuid4()), "kind": "signup", "plan": "starter", "period_start": "2027-01-01T00:00:00Z",
        "period_end": "2027-02-01T00:00:00Z", "total": TOTAL, "returned": {"amount": 0, "currency": "USD"},
        "status": "paid", "created_at": "2027-01-01T00:00:00Z",
    }  # fmt: skip
    api.answers["GET /api/v1/stores/paper"] = (200, store)
    api.answers["GET /api/v1/stores/paper/invoices"] = (200, {"items": [bill], "next": None})
    visitor = await an_operator(it, api)
    page = await visitor.open("/operator/stores/paper")
    assert "PAPER-0001" in page.text
    problem = {
        "type": "invalid", "title": "Invalid", "detail": "", "errors": [{"field": "reason", "rule": "is needed"}],
    }  # fmt: skip
    api.answers["POST /api/v1/stores/paper/subscription/end"] = (422, problem)
    page = await visitor.send("/operator/stores/paper/end", reason="")
    assert (page.status_code, "Say why" in page.text) == (422, True)
    api.answers["POST /api/v1/stores/paper/subscription/end"] = (200, {})
    await visitor.send("/operator/stores/paper/end", reason="As agreed")
    assert ("POST /api/v1/stores/paper/subscription/end", "", {"give_back": True, "reason": "As agreed"}) in api.asked


async def test_a_form_from_elsewhere_is_refused(it: Alone, api: FakePlatform) -> None:
    for path in ("/start/signup", f"/start/signup/{uuid4()}/verify", "/operator/login", "/operator/plans"):
        answer = await browser(it).client.post(path, data={"name": "x"})
        assert (answer.status_code, "form-expired" in answer.text or "no longer valid" in answer.text) == (403, True)
    assert [ask for ask in api.asked if not ask[0].startswith("GET")] == []


async def test_operators_log_in_before_they_see_anything(it: Alone, api: FakePlatform) -> None:
    for path in ("/operator", "/operator/stores", "/operator/plans"):
        visitor = browser(it, "alpha.localhost")
        page = await visitor.open(path)
        assert page.url.path == "/operator/login"
    api.answers["POST /api/v1/platform/login"] = (200, {"access_token": it.token("operator"), "refresh_token": "r"})
    store = {"slug": "paper", "name": "Paper", "hosts": ["paper.localhost"], "plan": "starter", "status": "active"}
    api.answers["GET /api/v1/stores"] = (200, {"items": [store], "next": None})
    page = await visitor.send("/operator/login", email="op@x.example", password="secret secret")
    assert page.url.path == "/operator/plans"
    page = await visitor.open("/operator/stores")
    assert "paper.localhost" in page.text
    api.answers["PUT /api/v1/stores/paper/status"] = (200, store | {"status": "suspended"})
    await visitor.send("/operator/stores/paper/status")
    assert ("PUT /api/v1/stores/paper/status", "", {"status": "suspended"}) in api.asked
    await visitor.open("/operator/plans?edit=starter")
    api.answers["PUT /api/v1/platform/plans/starter"] = (200, PLAN)
    await visitor.send("/operator/plans", price="29.50", limit_staff="4")
    (saved,) = [body for name, _, body in api.asked if name == "PUT /api/v1/platform/plans/starter"]
    assert (saved["price"], saved["limits"]) == (2950, {"staff": 4, "warehouses": 3})
    assert saved["cycles"] == [{"months": 1, "discount": 0}, {"months": 12, "discount": 10}]


async def test_a_stores_session_is_nobody_at_the_platform_and_stays_what_it_is(it: Alone, api: FakePlatform) -> None:
    visitor = browser(it, "alpha.localhost")
    visitor.client.cookies.set("session", f"{it.token('store_admin')}~refresh")
    assert (await visitor.open("/operator/stores")).url.path == "/operator/login"
    page = await visitor.client.get("/start")
    assert "session=" not in str(page.headers.get_list("set-cookie"))
