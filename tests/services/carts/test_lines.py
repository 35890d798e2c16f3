"""Several lines at once, adding or setting, selecting what is to be checked out."""

from typing import Any
from uuid import UUID

import pytest

from tests.harness import Alone
from tests.services.carts.filling import CART, ITEMS, add, cart_of, changed, fields, first, for_sale, quantities, usd
from tradehall.kernel.ids import uuid7

LINES = f"{CART}/lines"
SELECTION = f"{CART}/selection"


def lines(*wanted: tuple[UUID, int]) -> list[dict[str, Any]]:
    return [{"variant_id": str(id), "quantity": quantity} for id, quantity in wanted]


async def test_an_item_is_added_or_set_as_the_client_says(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100), it.client()
    for mode, quantity, count in (("set", 5, 5), ("add", 3, 8), ("set", 2, 2), (None, 1, 3)):
        body = {"variant_id": str(first(lamp)), "quantity": quantity} | ({"mode": mode} if mode else {})
        answer = await guest.post(ITEMS, json=body)
        assert (answer.status_code, answer.json()["count"]) == (201, count)
    assert fields(await guest.post(ITEMS, json=lines((first(lamp), 1))[0] | {"mode": "put"})) == {"mode"}


async def test_many_lines_come_in_one_request(it: Alone) -> None:
    shelf, guest = await for_sale(it, *range(1, 201)), it.client()
    ids = [variant.variant_id for variant in shelf.variants]
    await add(guest, ids[0], 4)
    answer = await guest.post(LINES, json={"lines": lines(*((id, n % 5 + 1) for n, id in enumerate(ids)))})
    cart = answer.json()
    assert (answer.status_code, cart["version"], len(cart["items"])) == (201, 2, 200)
    assert quantities(cart) == {str(id): n % 5 + 1 + (4 if n == 0 else 0) for n, id in enumerate(ids)}
    answer = await guest.post(LINES, json={"lines": lines((ids[7], 9), (ids[0], 2)), "mode": "set"})
    found = quantities(answer.json())
    assert (found[str(ids[7])], found[str(ids[0])]) == (9, 2)


async def test_all_lines_are_put_or_none_and_every_wrong_one_is_named(it: Alone) -> None:
    lamp, draft, guest = await for_sale(it, 100, 200), await for_sale(it, 1, status="draft"), it.client()
    await add(guest, first(lamp), 990)
    wanted = lines((lamp.variants[1].variant_id, 1), (first(draft), 1), (first(lamp), 10), (uuid7(), 1))
    answer = await guest.post(LINES, json={"lines": wanted})
    assert fields(answer) == {"lines[1].variant_id", "lines[2].quantity", "lines[3].variant_id"}
    assert quantities(await cart_of(guest)) == {str(first(lamp)): 990}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"lines"}),
        ({"lines": []}, {"lines"}),
        ({"lines": None}, {"lines"}),
        ({"lines": [{"variant_id": "x", "quantity": 0}, {}]}, {f"lines[0].{f}" for f in ("variant_id", "quantity")} | {"lines[1].variant_id"}),
        ({"lines": [{"variant_id": str(uuid7())}] * 201}, {"lines"}),
        ({"lines": [{"variant_id": str(uuid7()), "quantity": 2**70}]}, {"lines[0].quantity"}),
    ],
)  # fmt: skip
async def test_wrong_lines_are_named(it: Alone, body: dict[str, Any], named: set[str]) -> None:
    assert fields(await it.client().post(LINES, json=body)) == named


async def test_selected_lines_are_summed_for_themselves(it: Alone) -> None:
    lamp, gone, guest = await for_sale(it, 100, 250), await for_sale(it, 7000), it.client()
    one, two = (variant.variant_id for variant in lamp.variants)
    for id, quantity in ((one, 2), (two, 3), (first(gone), 1)):
        cart = await add(guest, id, quantity)
    assert cart["selected"] == {"subtotal": usd(2 * 100 + 3 * 250 + 7000), "count": 6}
    cart = (await guest.put(SELECTION, json={"variant_ids": [str(two), str(first(gone))]})).json()
    assert [item["selected"] for item in cart["items"]] == [False, True, True]
    assert cart["selected"] == {"subtotal": usd(3 * 250 + 7000), "count": 4}
    await changed(it, gone, status="draft")
    cart = await cart_of(guest)
    assert cart["selected"] == {"subtotal": usd(3 * 250), "count": 3}
    assert cart["subtotal"] == usd(2 * 100 + 3 * 250)
    cart = (await guest.put(f"{ITEMS}/{one}", json={"quantity": 5})).json()
    assert not cart["items"][0]["selected"], "another quantity selects nothing"
    cart = (await guest.put(SELECTION, json={"variant_ids": []})).json()
    assert cart["selected"] == {"subtotal": usd(0), "count": 0}


async def test_only_lines_of_the_cart_can_be_selected(it: Alone) -> None:
    lamp, guest = await for_sale(it, 100, 200), it.client()
    await add(guest, first(lamp))
    answer = await guest.put(SELECTION, json={"variant_ids": [str(first(lamp)), str(uuid7())]})
    assert fields(answer) == {"variant_ids[1]"}
    for body in ({}, {"variant_ids": None}, {"variant_ids": ["x"]}, {"variant_ids": [str(uuid7())] * 201}):
        assert all(field.startswith("variant_ids") for field in fields(await guest.put(SELECTION, json=body)))
