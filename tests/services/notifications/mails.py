"""Orders and their mails, for the tests of notifications."""

from typing import Any

from tests.harness import Alone
from tests.makers import a_product, lines_of, placed
from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.stores import Store
from tradehall.kernel.ids import uuid7


def an_order(**changes: Any) -> OrderPlaced:
    """Two lamps at 12.50 and one at 3.00 dollars, under a number of its own."""
    lines = changes.pop("lines", None) or lines_of(a_product(1250, 300), 2, 1)
    return placed(lines, **{"number": uuid7().hex[-10:].upper(), **changes})


async def ordered(it: Alone, *, store: Store | None = None, **changes: Any) -> OrderPlaced:
    order = an_order(**changes)
    await it.given(order, key=order.order_id, store=store)
    return order


async def mails_of(it: Alone, order: OrderPlaced, *, store: Store | None = None) -> list[dict[str, Any]]:
    """As the mailbox shows them, oldest first, whole."""
    admin = it.client("store_admin", store=store)
    listed = (await admin.get("/api/v1/mailbox", params={"q": order.number, "limit": 100})).json()["items"]
    return [(await admin.get(f"/api/v1/mailbox/{mail['id']}")).json() for mail in reversed(listed)]


async def mail_of(it: Alone, order: OrderPlaced, template: str) -> dict[str, Any]:
    (mail,) = [mail for mail in await mails_of(it, order) if mail["template"] == template]
    return mail
