from typing import Any

import pytest

from tests.harness import Alone
from tests.services.notifications.mails import mails_of, ordered

SERVICE = "notifications"


async def listed(it: Alone, **params: Any) -> dict[str, Any]:
    answer = await it.client(store=params.pop("store", None)).get("/api/v1/mailbox", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_the_newest_mail_comes_first_and_pages_hold_all(it: Alone) -> None:
    orders = [await ordered(it, store=it.other) for _ in range(5)]
    found: list[str] = []
    cursor: dict[str, str] = {}
    sizes = []
    while True:
        page = await listed(it, store=it.other, limit=2, **cursor)
        found += [mail["order_id"] for mail in page["items"]]
        sizes.append(len(page["items"]))
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [str(order.order_id) for order in reversed(orders)]
    assert sizes == [2, 2, 1]


async def test_search_looks_in_recipient_and_subject(it: Alone) -> None:
    order = await ordered(it, email="Grace.Hopper@example.org")
    other = await ordered(it, email="someone@example.net")
    for q in ("grace.hopper", "HOPPER@", order.number.lower(), f"order {order.number}"):
        assert [mail["order_id"] for mail in (await listed(it, q=q))["items"]] == [str(order.order_id)]
    assert str(other.order_id) in {mail["order_id"] for mail in (await listed(it, limit=100))["items"]}


@pytest.mark.parametrize("q", ["%", "_" * 12, "' OR 1=1 --", "\\", "nothing-like-it", "<b>", "\n\r\t"])
async def test_search_takes_every_sign_for_itself(it: Alone, q: str) -> None:
    await ordered(it)
    assert (await listed(it, q=q))["items"] == []


async def test_a_list_leaves_out_the_bodies(it: Alone) -> None:
    await ordered(it)
    mail = (await listed(it))["items"][0]
    assert set(mail) == {"id", "to", "subject", "template", "order_id", "status", "created_at"}


async def test_a_mail_of_another_store_is_not_there(it: Alone) -> None:
    order = await ordered(it)
    (mail,) = await mails_of(it, order)
    assert (await it.client().get(f"/api/v1/mailbox/{mail['id']}")).status_code == 200
    for visitor in (it.client(store=it.other), it.client("store_admin", store=it.other)):
        answer = await visitor.get(f"/api/v1/mailbox/{mail['id']}")
        assert (answer.status_code, answer.json()["type"]) == (404, "unknown-mail")
        assert (await visitor.get("/api/v1/mailbox", params={"q": order.number})).json()["items"] == []


@pytest.mark.parametrize("id", ["01a1fd69-ea45-70f3-8995-38905da5bc5d", "5", "x", "%00", "a" * 5000])
async def test_an_unknown_mail_is_404(it: Alone, id: str) -> None:
    assert (await it.client().get(f"/api/v1/mailbox/{id}")).status_code == 404


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": "\0"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "9" * 30}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "\0"}, "cursor"),
        ({"cursor": "WyJcdTAwMDAiXQ"}, "cursor"),
        ({"cursor": "W10"}, "cursor"),
        ({"cursor": "é" * 50}, "cursor"),
    ],
)
async def test_bad_input_names_the_parameter(it: Alone, params: dict[str, str], field: str) -> None:
    answer = await it.client().get("/api/v1/mailbox", params=params)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=%ed%a0%80", "q=a&q=b", "q", "cursor=", "&&&=="])
async def test_broken_queries_are_no_error_of_ours(it: Alone, query: str) -> None:
    assert (await it.client().get(f"/api/v1/mailbox?{query}")).status_code < 500
