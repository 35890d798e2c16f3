"""Mails by SMTP: what becomes of them, who signs them, how they are stopped."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiosmtpd.smtp import SMTP

from tests.harness import Alone, alone, eventually
from tests.services.notifications.codes import CODE, a_code
from tests.services.notifications.mails import ordered
from tests.services.notifications.postbox import Postbox, a_buyer, arrived, is_sent, kept_of, listening, mailing
from tradehall.app import load
from tradehall.contracts.identity import UserCreated
from tradehall.contracts.notifications import NotificationFailed
from tradehall.contracts.orders import OrderShipped
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings


@pytest.fixture(scope="module")
async def box() -> AsyncIterator[Postbox]:
    async with listening() as box:
        yield box


@pytest.fixture(scope="module")
async def it(box: Postbox, servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    async with mailing(box, servers, Path(tmp_path_factory.mktemp("alone"))) as harness:
        yield harness


async def test_refused_for_good_it_is_given_up_until_somebody_sends_it_again(it: Alone, box: Postbox) -> None:
    email = f"b{uuid7().hex}@example.org"
    box.refusals[email] = ["550 no such person here: " + email]
    order = await a_buyer(it, email=email)

    async def failed() -> Any:
        row = await kept_of(it, order)
        return row if row["status"] == "failed" else None

    row = await eventually(failed)
    assert (row["error"], row["attempts"]) == ("the mail was refused: 550", 1)
    (event,) = [e for e in await it.published(NotificationFailed) if e.order_id == order.order_id]
    assert (event.reason, event.channel) == ("refused", "email")
    support = it.client("support")
    listed = await support.get("/api/v1/notifications/deliveries", params={"q": email, "status": "failed"})
    (shown,) = listed.json()["items"]
    assert (shown["again"], shown["recipient"]) == (True, email)
    answer = await support.post(f"/api/v1/notifications/deliveries/{row['id']}/resend")
    assert answer.json()["status"] == "queued"
    await is_sent(it, order)
    assert len(box.to(email)) == 1


async def test_no_mail_server_delays(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing listens; then somebody does, at the same port."""
    (service,) = load(["notifications"])
    late = Postbox()
    late.open.set()
    holder = await asyncio.get_running_loop().create_server(lambda: SMTP(late), "127.0.0.1", 0)
    port = holder.sockets[0].getsockname()[1]
    holder.close()
    await holder.wait_closed()
    folder = Path(tmp_path_factory.mktemp("late"))
    async with alone(service, servers, folder, smtp_url=f"smtp://127.0.0.1:{port}") as it:
        order = await a_buyer(it)

        async def tried() -> bool:
            return bool((await kept_of(it, order))["attempts"] >= 2)

        await eventually(tried)
        assert (await kept_of(it, order))["error"].startswith("no talk with the mail server")
        server = await asyncio.get_running_loop().create_server(lambda: SMTP(late), "127.0.0.1", port)
        await arrived(late, order)
        await is_sent(it, order)
        server.close()
        assert await it.dead_letters() == []


async def test_what_can_be_stopped_says_how_in_its_header(it: Alone, box: Postbox) -> None:
    """RFC 8058: an address that takes a post without anything else, and nothing of the kind where it has to be known."""
    order = await a_buyer(it, customer_id=None)
    await it.given(
        OrderShipped(order_id=order.order_id, shipment_id=uuid7(), carrier="Gull", tracking_number="G"),
        key=order.order_id,
    )
    placed, shipped = await arrived(box, order, 2)
    assert placed["List-Unsubscribe"] is None
    assert shipped["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = shipped["List-Unsubscribe"].strip("<>")
    asked = dict(parse_qsl(urlsplit(link).query))
    assert (urlsplit(link).path, asked.pop("kind")) == ("/reminders", "parcels")
    stopped = await it.client().post("/api/v1/reminders/stop", json=asked | {"kind": "parcels"})
    assert stopped.json()["kinds"]["parcels"]["channels"]["email"] is False
    await it.given(
        OrderShipped(order_id=order.order_id, shipment_id=uuid7(), carrier="Gull", tracking_number="G"),
        key=order.order_id,
    )
    await it.idle()
    assert len(box.to(order.email)) == 2


async def test_a_store_signs_as_it_likes(it: Alone, box: Postbox) -> None:
    admin = it.client("store_admin", store=it.other)
    body = {"name": "Beta Shop\u2028Team", "reply_to": "Help@Beta.example"}
    assert (await admin.put("/api/v1/notifications/sender", json={"reply_to": "nobody"})).status_code == 422
    saved = (await admin.put("/api/v1/notifications/sender", json=body)).json()
    assert (saved["reply_to"], saved["mail_from"], saved["mail"]) == ("help@beta.example", "shop@mail.example", True)
    order = await ordered(it, store=it.other, email=f"b{uuid7().hex}@example.org")
    (message,) = await arrived(box, order)
    assert message["From"] == "Beta Shop Team <shop@mail.example>"
    assert message["Reply-To"] == "help@beta.example"


async def test_a_try_goes_to_oneself_and_is_kept_nowhere(it: Alone, box: Postbox) -> None:
    me = uuid7()
    email = f"a{me.hex}@example.org"
    await it.given(UserCreated(user_id=me, email=email, name="Admin", roles=["store_admin"]), key=me)
    admin = it.client("store_admin", user_id=me)
    tried = await admin.post(
        "/api/v1/notifications/templates/order_shipped/pt-BR/try", json={"subject": "Olá {{ order.number }}"}
    )
    assert tried.json() == {"to": email}
    (message,) = box.to(email)
    assert message["Subject"] == "Olá T-1001"
    assert (await admin.get("/api/v1/mailbox", params={"q": email})).json()["items"] == []
    box.refusals[email] = ["451 later"]
    refused = await admin.post("/api/v1/notifications/templates/order_shipped/pt-BR/try", json={})
    assert (refused.status_code, refused.json()["type"]) == (503, "mail-not-taken")


async def test_nobody_can_be_read_out_of_logs_and_events(
    it: Alone, box: Postbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Taken, refused for now, refused for good: no address, name, code or token in what the service says of it."""
    caplog.set_level("DEBUG", "tradehall")
    heard = len(it.heard)
    email = f"secret{uuid7().hex}@example.org"
    box.refusals[email] = ["451 not you " + email, "550 never you " + email]
    order = await a_buyer(it, email=email, name="Secretive Person")
    code = a_code(it, email=email, expires_at=datetime.now(UTC) + timedelta(minutes=15))
    await it.given(code, key=code.user_id)

    async def over() -> bool:
        rows = await it.sql("SELECT 1 FROM deliveries WHERE recipient = $1 AND status IN ('sent', 'failed')", email)
        return len(rows) == 2

    await eventually(over)
    await it.caught_up()
    said = caplog.text + "".join(payload.decode() for _, _, payload in it.heard[heard:])
    assert "put off, try 1" in caplog.text
    for secret in (email, "Secretive", CODE, order.link, "secret" + email[6:12]):
        assert secret not in said
