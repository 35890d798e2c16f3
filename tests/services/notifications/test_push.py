"""Web push: read by the browser it was encrypted for, and by nobody else; ended when the browser is gone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from tests.harness import Alone, alone, eventually
from tests.services.notifications.carriers import (
    HANG_UP,
    Browser,
    PushService,
    base64url,
    decrypted,
    listening,
    unbase64url,
)
from tests.services.notifications.mails import ordered
from tradehall.app import load
from tradehall.contracts.orders import OrderPlaced, OrderShipped
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.notifications.channels.push import encrypted, may_be_asked, public_key

DEVICES = "/api/v1/me/devices"
KNOWN = Settings().push_services


@pytest.fixture(scope="module")
async def pushes() -> AsyncIterator[PushService]:
    service = PushService()
    async with listening(service.answer) as service.port:
        yield service


@pytest.fixture(scope="module")
async def it(pushes: PushService, servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    (service,) = load(["notifications"])
    origin = f"http://127.0.0.1:{pushes.port}"
    async with alone(service, servers, Path(tmp_path_factory.mktemp("alone")), push_services=origin) as harness:
        yield harness


async def subscribed(it: Alone, pushes: PushService, person: UUID) -> tuple[Browser, str]:
    browser = Browser()
    answer = await it.client("shopper", user_id=person).post(DEVICES, json=browser.subscription(pushes.port))
    assert answer.status_code == 201, answer.text
    return browser, answer.json()["id"]


async def shipped(it: Alone, order: OrderPlaced) -> None:
    event = OrderShipped(order_id=order.order_id, shipment_id=uuid7(), carrier="Gull", tracking_number="G-1")
    await it.given(event, key=order.order_id)


async def ended(it: Alone, device: str, *statuses: str) -> Any:
    async def reached() -> Any:
        rows = await it.sql("SELECT * FROM deliveries WHERE target = $1 ORDER BY id DESC LIMIT 1", device)
        return rows[0] if rows and rows[0]["status"] in statuses else None

    return await eventually(reached)


async def test_each_browser_of_the_buyer_reads_its_own(it: Alone, pushes: PushService) -> None:
    order = await ordered(it, customer_id=uuid7())
    assert order.customer_id
    browsers = [await subscribed(it, pushes, order.customer_id) for _ in range(2)]
    await shipped(it, order)
    for browser, device in browsers:
        await ended(it, device, "sent")
        (asked,) = pushes.got[browser.name]
        told = browser.read(asked.body)
        assert told["title"] == "Alpha"
        assert told["body"] == f"A parcel of order {order.number} is on its way with Gull, G-1."
        assert told["url"].startswith(f"http://alpha.localhost:{it.running.settings.port}/orders/{order.order_id}")
        assert told["tag"] == asked.headers["topic"]
        assert len(asked.headers["topic"]) <= 32
        assert order.number.encode() not in asked.body
        with pytest.raises(InvalidTag):
            Browser().read(asked.body)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_asked_no_more(it: Alone, pushes: PushService, status: int) -> None:
    order = await ordered(it, customer_id=uuid7())
    assert order.customer_id
    browser, device = await subscribed(it, pushes, order.customer_id)
    pushes.refusals[browser.name] = [(status, {}, b"")]
    await shipped(it, order)
    await ended(it, device, "failed")
    assert (await it.client("shopper", user_id=order.customer_id).get(DEVICES)).json()["items"] == []
    await shipped(it, order)
    assert len(await it.sql("SELECT 1 FROM deliveries WHERE target = $1", device)) == 1
    assert browser.name not in pushes.got


@pytest.mark.parametrize("answer", [(429, {"retry-after": "0"}, b""), (503, {}, b""), HANG_UP])
async def test_refused_for_now_it_comes_later(it: Alone, pushes: PushService, answer: Any) -> None:
    order = await ordered(it, customer_id=uuid7())
    assert order.customer_id
    browser, device = await subscribed(it, pushes, order.customer_id)
    pushes.refusals[browser.name] = [answer]
    await shipped(it, order)
    assert (await ended(it, device, "sent"))["attempts"] == 2
    assert len(pushes.got[browser.name]) == 1


async def test_refused_for_good_it_is_given_up_and_the_browser_stays(it: Alone, pushes: PushService) -> None:
    order = await ordered(it, customer_id=uuid7())
    assert order.customer_id
    browser, device = await subscribed(it, pushes, order.customer_id)
    pushes.refusals[browser.name] = [(413, {}, b"")]
    await shipped(it, order)
    await ended(it, device, "failed")
    assert len((await it.client("shopper", user_id=order.customer_id).get(DEVICES)).json()["items"]) == 1
    answer = await it.client("support").get("/api/v1/notifications/deliveries", params={"status": "failed"})
    (failed,) = [one for one in answer.json()["items"] if one["order_id"] == str(order.order_id)]
    answer = await it.client("support").post(f"/api/v1/notifications/deliveries/{failed['id']}/resend")
    assert answer.json()["status"] == "queued"
    await ended(it, device, "sent")
    again = await it.client("support").post(f"/api/v1/notifications/deliveries/{failed['id']}/resend")
    assert (again.status_code, again.json()["type"]) == (409, "not-failed")


async def test_a_browser_is_whoever_is_logged_in_there(it: Alone, pushes: PushService) -> None:
    first, second = it.client("shopper", user_id=uuid7()), it.client("shopper", user_id=uuid7())
    subscription = Browser().subscription(pushes.port)
    one = (await first.post(DEVICES, json=subscription)).json()
    assert (await second.post(DEVICES, json=subscription)).json()["id"] == one["id"]
    assert (await first.get(DEVICES)).json()["items"] == []
    assert (await first.delete(f"{DEVICES}/{one['id']}")).status_code == 404
    assert (await second.delete(f"{DEVICES}/{one['id']}")).status_code == 204
    assert (await second.get(DEVICES)).json()["items"] == []


async def test_only_so_many_browsers(it: Alone, pushes: PushService) -> None:
    client = it.client("shopper", user_id=uuid7())
    statuses = [(await client.post(DEVICES, json=Browser().subscription(pushes.port))).status_code for _ in range(21)]
    assert statuses == [201] * 20 + [409]


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": "http://127.0.0.1:1/elsewhere"},
        {"endpoint": "https://10.0.0.1/internal"},
        {"keys": {"p256dh": base64url(b"\x04" + b"\x01" * 64), "auth": base64url(b"0" * 16)}},
        {"keys": {"p256dh": base64url(Browser().public), "auth": base64url(b"0" * 15)}},
        {"keys": {}},
    ],
    ids=["port", "private", "no point", "short", "none"],
)
async def test_what_is_no_browser_is_refused(it: Alone, pushes: PushService, change: dict[str, Any]) -> None:
    answer = await it.client("shopper").post(DEVICES, json=Browser().subscription(pushes.port) | change)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("endpoint", "may"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://db5p.notify.windows.com/w/?token=abc", True),
        ("https://fcm.googleapis.com:443/x", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://user:pass@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilpush.apple.com.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::1]/", False),
        ("https://fcm.googleapis.com:99999/x", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_push_services_are_asked(endpoint: str, may: bool) -> None:
    assert may_be_asked(endpoint, KNOWN) is may


def test_it_is_read_as_the_rfc_says() -> None:
    """RFC 8291, appendix A: what it encrypts we read, so what reads ours reads by the RFC."""
    private = ec.derive_private_key(
        int.from_bytes(unbase64url("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), ec.SECP256R1()
    )
    body = unbase64url(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    auth = unbase64url("BTBZMqHH6r4Tts7J_aSIgg")
    assert decrypted(body, private, auth) == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize("length", [1, 100, 3000])
def test_what_is_encrypted_is_read(length: int) -> None:
    browser = Browser()
    plain = b"x" * length
    body = encrypted(plain, base64url(browser.public), base64url(browser.auth))
    assert decrypted(body, browser.private, browser.auth) == plain


def test_the_key_is_of_the_installation() -> None:
    assert public_key("one") == public_key("one") != public_key("two")
    assert len(unbase64url(public_key("one"))) == 65


async def test_nothing_was_given_up(it: Alone) -> None:
    assert await it.dead_letters() == []
