"""The mailbox where it is no demo."""

import pytest

from tests.harness import Alone
from tests.services.notifications.codes import CODE, a_code
from tests.services.notifications.mails import mails_of, ordered
from tradehall.kernel.ids import uuid7

SERVICE = "notifications"
SETTINGS = {"demo": False}


@pytest.mark.parametrize("roles", [(), ("shopper",), ("seller",)])
async def test_it_is_closed_to_everybody_but_admins(it: Alone, roles: tuple[str, ...]) -> None:
    order = await ordered(it)
    (mail,) = await mails_of(it, order)
    visitor = it.client(*roles, seller_id=uuid7() if "seller" in roles else None)
    for path in ("/api/v1/mailbox", f"/api/v1/mailbox/{mail['id']}", f"/api/v1/mailbox/{uuid7()}"):
        answer = await visitor.get(path)
        assert (answer.status_code, answer.json()["type"]) == (403, "forbidden")


@pytest.mark.parametrize("role", ["store_admin", "operator"])
async def test_admins_see_it(it: Alone, role: str) -> None:
    order = await ordered(it)
    (mail,) = await mails_of(it, order)
    assert (await it.client(role).get(f"/api/v1/mailbox/{mail['id']}")).status_code == 200


async def test_an_admin_of_another_store_does_not(it: Alone) -> None:
    order = await ordered(it)
    visitor = it.client("store_admin", store=it.other)
    assert (await visitor.get("/api/v1/mailbox", params={"q": order.number})).json()["items"] == []
    visitor.headers["host"] = it.store.hosts[0]
    assert (await visitor.get("/api/v1/mailbox")).status_code == 401


async def test_not_even_an_admin_reads_the_codes(it: Alone) -> None:
    event = a_code(it)
    await it.given(event, key=event.user_id)
    admin = it.client("store_admin")
    (mail,) = (await admin.get("/api/v1/mailbox", params={"q": event.email})).json()["items"]
    answer = await admin.get(f"/api/v1/mailbox/{mail['id']}")
    assert CODE not in answer.text
    assert "••••••" in answer.json()["text"]
