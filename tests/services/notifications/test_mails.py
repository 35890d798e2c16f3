"""What is written, to whom, how often."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.harness import Alone, a_store
from tests.makers import LINK, a_product, confirmed, lines_of, placed
from tests.services.notifications.mails import an_order, mail_of, mails_of, ordered
from tradehall.contracts.orders import (
    OrderCancelled,
    OrderDelivered,
    OrderPlaced,
    OrderShipped,
    PaymentChoice,
)
from tradehall.contracts.values import Event
from tradehall.kernel.ids import uuid7
from tradehall.kernel.stores import base_url
from tradehall.services.notifications.languages import SHIPPED, default_subject, money
from tradehall.services.notifications.model import Notification, Template, mailable
from tradehall.services.notifications.rendering import render
from tradehall.services.notifications.samples import EDITABLE, FACTS, of_order

SERVICE = "notifications"
NASTY = """<script>alert("1")</script> & 'Co'"""


def shipped(order: OrderPlaced, **changes: Any) -> OrderShipped:
    facts = {"carrier": "Gull Post", "tracking_number": "GP-1", "shipment_id": uuid7(), **changes}
    return OrderShipped(order_id=order.order_id, **facts)


def steps(order: OrderPlaced) -> list[tuple[Template, Event]]:
    """All that is written about after an order was placed."""
    return [
        ("order_confirmed", confirmed(order)),
        ("order_shipped", shipped(order)),
        ("order_delivered", OrderDelivered(order_id=order.order_id)),
        ("order_cancelled", OrderCancelled(order_id=order.order_id, cancellation_reason="Out of stock.")),
    ]


def nasty(example: Any) -> Any:
    if isinstance(example, str):
        return NASTY
    if isinstance(example, list):
        return [nasty(one) for one in example]
    return {name: nasty(one) for name, one in example.items()} if isinstance(example, dict) else example


def rendered(template: Template, order: OrderPlaced, **store: Any) -> tuple[str, str]:
    notification = Notification(
        id=uuid7(),
        order_id=order.order_id,
        template=template,
        facts={name: nasty(example) for name, (_, example) in FACTS.get(template, {}).items()},
        recipient=order.email,
        subject="Order",
        status="kept",
        created_at=datetime.now(UTC),
    )
    mail = render(notification, order, a_store(**store), 8000, "secret")
    return mail.text, mail.html


async def test_a_new_order_is_acknowledged_to_its_buyer(it: Alone) -> None:
    order = await ordered(it, email="zoe@example.org", name="Zoe Quill")
    (mail,) = await mails_of(it, order)
    assert mail["to"] == "zoe@example.org"
    assert mail["subject"] == f"We have your order {order.number}"
    assert (mail["template"], mail["status"], mail["order_id"]) == ("order_placed", "kept", str(order.order_id))
    for body in (mail["text"], mail["html"]):
        assert "Hello Zoe Quill" in body
        assert "2 × Lamp 0" in body
        assert "25.00 USD" in body
        assert "28.00 USD" in body
    link = f"/orders/{order.order_id}?token={LINK}"
    assert f"http://alpha.localhost:{it.running.settings.port}{link}" in mail["text"]
    assert f'href="http://alpha.localhost:{it.running.settings.port}{link}"' in mail["html"]


async def test_each_step_is_written_about_once(it: Alone) -> None:
    order = await ordered(it)
    for template, event in steps(order):
        await it.given(event, key=order.order_id)
        mail = await mail_of(it, order, template)
        assert mail["subject"] == default_subject(template, "en", order={"number": order.number})
        assert order.number in mail["text"]
        assert mail["html"].startswith("<!doctype html>")
    assert "Out of stock." in (await mail_of(it, order, "order_cancelled"))["text"]
    parcel = await mail_of(it, order, "order_shipped")
    assert "Gull Post" in parcel["text"]
    assert "GP-1" in parcel["html"]


async def test_a_batch_of_orders_gets_a_mail_each(it: Alone) -> None:
    orders = [an_order() for _ in range(5)]
    await it.given_all([(order, order.order_id) for order in orders])
    await it.given_all([(confirmed(order), order.order_id) for order in orders])
    for order in orders:
        assert [mail["template"] for mail in await mails_of(it, order)] == ["order_placed", "order_confirmed"]


async def test_two_parcels_get_two_mails(it: Alone) -> None:
    order = await ordered(it)
    await it.given(shipped(order, tracking_number="GP-1"), key=order.order_id)
    await it.given(shipped(order, tracking_number="GP-2"), key=order.order_id)
    texts = [mail["text"] for mail in await mails_of(it, order) if mail["template"] == "order_shipped"]
    assert len(texts) == 2
    assert "GP-1" in texts[0]
    assert "GP-2" in texts[1]


async def test_events_handed_out_twice_write_nothing_twice(it: Alone) -> None:
    order = await ordered(it)
    for _, event in steps(order):
        await it.given(event, key=order.order_id)
    before = await mails_of(it, order)
    await it.redeliver(it.sent)
    assert await mails_of(it, order) == before
    assert len(before) == 5


async def test_one_fact_told_twice_is_written_once(it: Alone) -> None:
    order = await ordered(it)
    for _, event in steps(order):
        await it.given(event, key=order.order_id)
        await it.given(event, key=order.order_id)
    assert len(await mails_of(it, order)) == 5


async def test_without_a_mail_server_nothing_is_sent(it: Alone) -> None:
    order = await ordered(it)
    assert await it.sql("SELECT 1 FROM outbox") == []
    assert [mail["status"] for mail in await mails_of(it, order)] == ["kept"]
    assert not it.heard


async def test_a_proof_is_asked_for_in_time(it: Alone) -> None:
    until = datetime(2031, 3, 9, 17, 5, tzinfo=UTC)
    order = await ordered(it, payment=PaymentChoice(method="proof"), expires_at=until)
    (mail,) = await mails_of(it, order)
    assert "before 17:05 UTC on 9 March" in mail["text"]
    assert "before 17:05 UTC on 9 March" in mail["html"]


async def test_cash_on_delivery_names_what_is_to_pay(it: Alone) -> None:
    order = await ordered(it, payment=PaymentChoice(method="cash-on-delivery"))
    await it.given(confirmed(order), key=order.order_id)
    mail = await mail_of(it, order, "order_confirmed")
    assert "you pay 28.00 USD when it arrives" in mail["text"]
    assert "and paid" not in mail["html"]


async def test_no_card_token_is_kept(it: Alone) -> None:
    order = await ordered(it, payment=PaymentChoice(method="card-simulated", token="tok_secret"))
    ((kept,),) = await it.sql("SELECT placed::text FROM orders WHERE id = $1", order.order_id)
    assert "tok_secret" not in kept


async def test_names_and_titles_are_escaped_in_html_only(it: Alone) -> None:
    (line,) = lines_of(a_product(100), 1)
    order = await ordered(it, name=NASTY, lines=[msgspec.structs.replace(line, title=NASTY)])
    await it.given(shipped(order, carrier=NASTY, tracking_number=NASTY), key=order.order_id)
    for template in ("order_placed", "order_shipped"):
        mail = await mail_of(it, order, template)
        assert "<script>" not in mail["html"]
        assert "&lt;script&gt;" in mail["html"]
        assert NASTY in mail["text"]
        assert "&lt;" not in mail["text"]


@pytest.mark.parametrize("locale", SHIPPED)
@pytest.mark.parametrize("template", [template for template in EDITABLE if of_order(template)])
def test_every_template_escapes_all_it_is_given(template: Template, locale: str) -> None:
    (line,) = lines_of(a_product(100), 1)
    order = an_order(
        name=NASTY, number=NASTY, locale=locale, link='"><script>', lines=[msgspec.structs.replace(line, title=NASTY)]
    )
    text, html = rendered(template, order, name=NASTY, locale=locale)
    assert "<script>" not in html
    assert '"1"' not in html
    assert NASTY in text
    assert text.startswith(NASTY)
    assert text.endswith("\n")
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1999, "USD", "19.99 USD"),
        (0, "EUR", "0.00 EUR"),
        (123456789, "JPY", "123,456,789 JPY"),
        (5, "KWD", "0.005 KWD"),
    ],
)
def test_money_is_written_with_the_currencys_decimals(minor: int, currency: str, shown: str) -> None:
    assert money(minor, currency) == shown


def test_links_lead_to_the_stores_first_host() -> None:
    assert base_url(a_store(), 8000) == "http://alpha.localhost:8000"
    assert base_url(a_store(hosts=["shop.example.com", "b.localhost"]), 8000) == "https://shop.example.com"


@pytest.mark.parametrize("address", ["ada@example.org", "a.b+c@x.co.uk", "o'neil@x.ie", "jürgen@x.de"])
def test_plain_addresses_are_mailed(address: str) -> None:
    assert mailable(address)


@pytest.mark.parametrize(
    "address",
    [
        "a,b@x.org",
        "x@=?utf-8?q?a=0ABcc:x?=.org",
        '"a"@x.org',
        "a:b@x.org;",
        "a@x.org\n",
        "a <b@x.org>",
        "a(b)@x.org",
        "a@b@x.org",
        "ada",
        "",
        "a\x00@x.org",
        "a\u2028b@x.org",
    ],
)
def test_whatever_a_header_could_read_otherwise_is_not(address: str) -> None:
    assert not mailable(address)


async def test_an_order_nobody_told_of_is_a_dead_letter(it: Alone) -> None:
    lost = OrderDelivered(order_id=uuid7())
    await it.given(lost, key=lost.order_id)
    ((service, event, _),) = await it.dead_letters()
    assert (service, event) == ("notifications", "OrderDelivered")


def test_a_mail_says_what_the_way_to_pay_takes_off_or_puts_on() -> None:
    choice = PaymentChoice(method="midtrans", instalments=6)
    cheaper = placed(discount=149)
    dearer = placed(interest=412, payment=choice)
    for body in rendered("order_placed", cheaper):
        assert "1.49 USD" in body
        assert "Interest" not in body
    for body in rendered("order_placed", dearer):
        assert "4.12 USD" in body
        assert "Interest, 6 instalments" in body
        assert "Discount" not in body
