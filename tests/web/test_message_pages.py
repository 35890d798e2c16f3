"""Messages on pages, in front of the real services: the back office's, the account's, the link's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import Alone, together
from tests.makers import LINK
from tests.services.notifications.carriers import Browser as PushBrowser
from tests.services.notifications.carriers import PushService, listening
from tests.services.notifications.mails import an_order
from tests.web.people import between, browser_at, member, posted, shopper
from tradehall.app import load
from tradehall.contracts.orders import OrderPlaced, OrderShipped
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.notifications.model import reader_of, stop_path

HERE = "/admin/notifications"
WORDS = f"{HERE}/templates/order_shipped/en"


@pytest.fixture(scope="module")
async def pushes() -> AsyncIterator[PushService]:
    service = PushService()
    async with listening(service.answer) as service.port:
        yield service


@pytest.fixture(scope="module")
async def it(pushes: PushService, servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    """No mail server listens there."""
    services = load(["notifications", "identity", "web"])
    changes = {"push_services": f"http://127.0.0.1:{pushes.port}", "smtp_url": "smtp://127.0.0.1:9"}
    async with together(services, servers, Path(tmp_path_factory.mktemp("messages")), **changes) as harness:
        yield harness


async def shipped(it: Alone, order: OrderPlaced) -> None:
    event = OrderShipped(order_id=order.order_id, shipment_id=uuid7(), carrier="Gull", tracking_number="G-1")
    await it.given(event, key=order.order_id)


async def an_order_of(it: Alone, **changes: object) -> OrderPlaced:
    order = an_order(**changes)
    await it.given(order, key=order.order_id)
    return order


async def test_what_was_sent_is_listed_filtered_and_sent_again(it: Alone) -> None:
    order = await an_order_of(it, email="<b>ada@example.org")
    await shipped(it, order)
    support, _ = await member(it, "support")
    page = await support.open(f"{HERE}?q={order.number}&template=order_shipped")
    assert page.text.count(f"Order {order.number} is on its way") == 1
    assert "&lt;b&gt;ada@example.org" not in page.text, "no mail can go to it, so none is listed"
    other = await an_order_of(it, customer_id=None)
    await it.sql(
        "UPDATE deliveries SET status = 'failed', claimed_until = NULL, error = 'the mail was refused: 550' WHERE recipient = $1",
        other.email,
    )
    page = await support.open(f"{HERE}?status=failed&channel=email")
    assert "the mail was refused: 550" in page.text
    assert "Words" not in between(page.text, "<main", "</main>"), "support has the list alone"
    action = between(page.text, f'action="{HERE}/deliveries', '"')
    page = await support.send(f"{HERE}/deliveries{action}")
    assert "It is sent again." in page.text
    page = await support.client.post(f"{HERE}/deliveries{action}", data=posted(support))
    assert page.status_code == 409
    assert (await support.open(f"{HERE}?status=nonsense&template=x&channel=y")).status_code == 200


@pytest.mark.parametrize("path", ["", "/templates", "/templates/order_shipped/en", "/sending"])
async def test_they_are_for_staff(it: Alone, path: str) -> None:
    browser, _, _ = await shopper(it)
    assert (await browser.open(HERE + path)).status_code == 403
    if path:
        support, _ = await member(it, "support")
        assert (await support.open(HERE + path)).status_code == 403


async def test_words_are_written_looked_at_refused_and_taken_back(it: Alone) -> None:
    admin, _ = await member(it, "store_admin")
    page = await admin.open(f"{HERE}/templates")
    assert WORDS in page.text
    page = await admin.open(WORDS)
    assert "is on its way with Gull Post" in page.text, "a preview of what counts"
    assert "order.tracking" not in page.text
    page = await admin.send(WORDS, subject="Ahoy {{ order.nmber }}", do="save")
    assert page.status_code == 422
    assert "Line 1: order.nmber is no variable here" in page.text
    assert "Ahoy {{ order.nmber }}" in page.text, "nothing typed is lost"
    page = await admin.send(WORDS, subject="Ahoy {{ order.number }}", do="preview")
    assert "Ahoy T-1001" in page.text
    assert "Not saved yet." in page.text
    page = await admin.send(WORDS, do="save")
    assert "Saved. It counts from now on." in page.text
    assert "Ahoy T-1001" in page.text
    kept = (await it.sql("SELECT subject, text, html FROM wordings WHERE template = 'order_shipped'"))[0]
    assert (kept["subject"], kept["text"], kept["html"]) == ("Ahoy {{ order.number }}", None, None), (
        "what is ours stays ours"
    )
    framed = await admin.client.get(f"{WORDS}/html")
    assert framed.headers["x-frame-options"] == "SAMEORIGIN"
    assert "script-src" not in framed.headers["content-security-policy"]
    assert "Gull Post" in framed.text
    fields = posted(admin, html="{% block x %}")
    assert "Line 1: cannot be read" in (await admin.client.post(f"{WORDS}/html", data=fields)).text
    assert "<p>Mine</p>" in (await admin.client.post(f"{WORDS}/html", data=fields | {"html": "<p>Mine</p>"})).text
    await admin.open(WORDS)
    page = await admin.client.post(WORDS, data=posted(admin, do="undo", version="0"), follow_redirects=True)
    assert "Our own words count again." in page.text
    assert "Version 2" in page.text
    page = await admin.client.post(WORDS, data=posted(admin, do="undo", version="1"), follow_redirects=True)
    assert "That version counts again." in page.text
    page = await admin.client.post(WORDS, data=posted(admin, do="save", subject="Late", replaces="1"))
    assert page.status_code == 409
    page = await admin.client.post(WORDS, data=posted(admin, do="try", subject="Try"))
    assert page.status_code == 503
    for nothing in ("nothing/en", "order_shipped/english", "subscription/en"):
        assert (await admin.open(f"{HERE}/templates/{nothing}")).status_code == 404


async def test_sender_and_sms_account_are_kept_and_the_token_is_shown_to_nobody(it: Alone) -> None:
    admin, _ = await member(it, "store_admin")
    await admin.open(f"{HERE}/sending")
    page = await admin.send(f"{HERE}/sending", name="Alpha Team", reply_to="nobody")
    assert page.status_code == 422
    assert 'value="nobody"' in page.text
    page = await admin.send(f"{HERE}/sending", reply_to="help@alpha.example")
    assert "Saved." in page.text
    page = await admin.send(f"{HERE}/sms", account="AC1", sms_sender="12")
    assert page.status_code == 422
    token = "secretTokenOfTheStore"
    page = await admin.send(f"{HERE}/sms", account="AC0123456789", sms_sender="+15550001111", token=token)
    assert "SMS go out by this account" in page.text
    assert "your own account" in page.text
    assert token not in page.text
    page = await admin.send(f"{HERE}/sms/delete")
    assert "The account is gone from here." in page.text


async def test_a_reader_chooses_in_the_account(it: Alone, pushes: PushService) -> None:
    browser, client, _ = await shopper(it)
    page = await browser.open("/account/messages")
    assert "Comes by mail in any case" in page.text
    assert "Low stock" not in page.text
    fields = {k: v for k, v in posted(browser).items() if k == "_csrf"}
    shown = {f"shown.{kind}": "yes" for kind in ("parcels", "reminders")}
    page = await browser.client.post(
        "/account/messages", data=fields | shown | {"parcels.sms": "yes"}, follow_redirects=True
    )
    assert "Saved." in page.text
    kinds = (await client.get("/api/v1/me/message-choices")).json()["kinds"]
    assert kinds["parcels"]["channels"] == {"email": False, "sms": True, "push": False, "in_app": False}
    assert kinds["orders"]["channels"] == {"push": True, "in_app": True}, "what was not shown stays as it is"
    subscription = PushBrowser().subscription(pushes.port)
    found = {"endpoint": subscription["endpoint"], **subscription["keys"]}
    page = await browser.client.post("/account/messages/devices", data=fields | found, follow_redirects=True)
    assert "This browser shows messages from now on." in page.text
    elsewhere = fields | found | {"endpoint": "https://10.0.0.1/x"}
    assert (await browser.client.post("/account/messages/devices", data=elsewhere)).status_code == 422
    action = between(page.text, 'action="/account/messages/devices/', '"')
    page = await browser.client.post(f"/account/messages/devices/{action}", data=fields, follow_redirects=True)
    assert "That browser is taken out." in page.text
    worker = await browser.client.get("/push-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"


async def test_a_guest_chooses_by_the_link_in_a_mail(it: Alone) -> None:
    order = await an_order_of(it, customer_id=None, email=f"{uuid7().hex}@example.org")
    reader = reader_of(it.store.id, None, order.email)
    link = stop_path(it.running.settings.secret, it.store.id, reader, "parcels")
    guest = browser_at(it)
    page = await guest.open(link)
    assert "No more mails: parcels" in page.text
    assert LINK not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    page = await guest.send("/reminders", stop="yes")
    assert "We write no more mails of this kind." in page.text
    await shipped(it, order)
    assert [
        row["status"]
        for row in await it.sql(
            "SELECT d.status FROM deliveries d JOIN notifications n ON n.id = d.notification_id "
            "WHERE n.order_id = $1 AND n.template = 'order_shipped'",
            order.order_id,
        )
    ] == ["skipped"]
    assert "Your account" not in between(page.text, "<main", "</main>")
