"""Asked how it was: once for an order, with the link to its reviews, unless the buyer wants no reminders."""

from tests.harness import Alone
from tests.makers import LINK
from tests.services.notifications.mails import mail_of, mails_of, ordered
from tests.services.notifications.test_reminders import STOP, link_in, reminders
from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.reviews import ReviewInvited

SERVICE = "notifications"


async def invited(it: Alone, order: OrderPlaced) -> None:
    event = ReviewInvited(order_id=order.order_id, customer_id=order.customer_id, titles=["Lamp <b>", "Shade"])
    await it.given(event, key=order.order_id)


async def test_an_invitation_is_mailed_once_with_its_link(it: Alone) -> None:
    order = await ordered(it)
    await invited(it, order)
    await invited(it, order)
    mail = await mail_of(it, order, "review_invited")
    assert mail["subject"] == f"How was it? Your order {order.number}"
    assert f"/orders/{order.order_id}/reviews?token={LINK}" in mail["text"]
    assert "Lamp <b>" in mail["text"]
    assert "Lamp &lt;b&gt;" in mail["html"]
    assert "<b>" not in mail["html"]


async def test_the_link_in_it_ends_reminders(it: Alone) -> None:
    order = await ordered(it)
    await invited(it, order)
    stop = await it.client().post(STOP, json=link_in(await mail_of(it, order, "review_invited")))
    assert stop.status_code == 200
    later = await ordered(it, customer_id=order.customer_id)
    await invited(it, later)
    assert "review_invited" not in [mail["template"] for mail in await mails_of(it, later)]
    again = it.client("shopper", user_id=order.customer_id)
    assert (await reminders(again)) == {"email": False, "push": True}


async def test_guests_are_asked_too_and_may_end_it(it: Alone) -> None:
    order = await ordered(it, customer_id=None)
    await invited(it, order)
    link = link_in(await mail_of(it, order, "review_invited"))
    later = await ordered(it, customer_id=None, email=order.email.upper())
    assert (await it.client().post(STOP, json=link)).status_code == 200
    await invited(it, later)
    assert "review_invited" not in [mail["template"] for mail in await mails_of(it, later)]
