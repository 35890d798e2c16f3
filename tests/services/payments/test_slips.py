"""Transfers into the store's own account: shown with their reference, received by hand or by a bank's statement."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness import Alone, alone
from tests.makers import LINK
from tests.services.payments.paying import books, by, cancel, outcomes, payment, reaches, start
from tradehall.app import load
from tradehall.contracts.orders import OrderPlaced
from tradehall.contracts.payments import AccountsUpdated
from tradehall.contracts.stores import WAITING
from tradehall.kernel.errors import Invalid
from tradehall.kernel.ids import uuid7
from tradehall.kernel.settings import Settings
from tradehall.services.orders.model import number
from tradehall.services.payments.statements import core, named, rows_of

PURE = settings(max_examples=200, deadline=None, database=None)
DETAILS = "/api/v1/payments/bank-details"
STATEMENTS = "/api/v1/payments/statements"


@pytest.fixture(scope="module")
async def it(servers: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Alone]:
    (service,) = load(["payments"])
    async with alone(service, servers, tmp_path_factory.mktemp("slips")) as harness:
        yield harness


async def a_slip(it: Alone, total: int = 5000) -> OrderPlaced:
    order = await start(it, by("bank-slip", number=number(), total=total, subtotal=total))
    await reaches(it, order, "action")
    return order


async def receive(it: Alone, order: OrderPlaced, amount: int | None = None, *roles: str) -> httpx.Response:
    body = {"amount": {"amount": amount, "currency": "USD"}} if amount else {}
    client = it.client(*(roles or ("store_admin",)))
    return await client.post(f"/api/v1/payments/{order.order_id}/received", json=body)


async def read(it: Alone, text: str, **options: Any) -> Any:
    files = {"file": ("statement.csv", text.encode(options.get("encoding", "utf-8")), "text/csv")}
    return await it.client("store_admin").post(STATEMENTS, files=files)


async def test_the_buyer_sees_where_to_and_with_which_reference(it: Alone) -> None:
    admin = it.client("store_admin")
    assert (await admin.get(DETAILS)).json() == {"text": ""}
    details = {"text": "Alpha Ltd\nFirst Bank\nDE02 1203 0000 0000 2020 51"}
    assert (await admin.put(DETAILS, json=details)).json() == details
    order = await a_slip(it)
    shown = (await it.client().get(f"/api/v1/payments/{order.order_id}", params={"token": LINK})).json()
    assert shown["action"]["kind"] == "slip"
    assert shown["action"]["code"] == order.number
    assert shown["action"]["bank"] == details["text"]
    early = order.expires_at - datetime.fromisoformat(shown["action"]["until"])
    assert early == timedelta(seconds=WAITING["bank-slip"].clearing), "banks take their time"
    assert (await it.client("store_admin", store=it.other).get(DETAILS)).json() == {"text": ""}
    assert [told.accounts for told in await it.published(AccountsUpdated)] == [["bank-slip"]]
    await admin.put(DETAILS, json={"text": ""})
    assert [told.accounts for told in await it.published(AccountsUpdated, count=2)] == [["bank-slip"], []]
    assert (await it.client("support").put(DETAILS, json=details)).status_code == 403
    assert (await admin.put(DETAILS, json={"text": "x" * 1001})).status_code == 422


async def test_what_has_come_confirms_the_order_once(it: Alone) -> None:
    order = await a_slip(it)
    answers = await asyncio.gather(*(receive(it, order) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    await reaches(it, order, "paid")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]
    assert await books(it) == []


@pytest.mark.parametrize("late", [True, False])
async def test_what_came_too_late_or_is_another_amount_is_owed_back(it: Alone, late: bool) -> None:
    order = await a_slip(it)
    if late:
        await cancel(it, order)
        assert (await reaches(it, order, "void"))["action"] is None
    assert (await receive(it, order, order.total - (0 if late else 100))).status_code == 200
    after = await reaches(it, order, "refunding")
    assert after["captured"] == after["refunding"] == order.total - (0 if late else 100)
    await it.idle()
    assert outcomes(it, order) == ([] if late else ["FAILED"])
    back = await it.client("store_admin").post(f"/api/v1/payments/{order.order_id}/refunded", json={"note": "Sent"})
    assert back.status_code == 200
    await reaches(it, order, "refunded")
    assert await books(it) == []
    assert await it.dead_letters() == []


async def test_only_an_admin_says_so_and_only_of_a_transfer(it: Alone) -> None:
    order = await a_slip(it)
    assert (await receive(it, order, None, "support")).status_code == 403
    card = await start(it, by("cash-on-delivery"))
    assert (await receive(it, card)).status_code == 409
    assert (await receive(it, by("bank-slip"))).status_code == 404
    answer = await it.client("store_admin", store=it.other).post(f"/api/v1/payments/{order.order_id}/received", json={})
    assert answer.status_code == 404
    for amount in ({"amount": 0, "currency": "USD"}, {"amount": 5000, "currency": "EUR"}):
        url = f"/api/v1/payments/{order.order_id}/received"
        assert (await it.client("store_admin").post(url, json={"amount": amount})).status_code == 422
    assert (await payment(it, order))["status"] == "action"


async def test_a_statement_books_each_row_that_fits_once(it: Alone) -> None:
    fits, differs, twice, cancelled = [await a_slip(it, total) for total in (5000, 7000, 9000, 4000)]
    await cancel(it, cancelled)
    await reaches(it, cancelled, "void")
    text = "\n".join(
        [
            "Date;Text;Amount",
            f"2026-11-26;Transfer {fits.number.lower().replace('-', ' ')} Ada;50,00",
            f"2026-11-26;Order {differs.number};69,00",
            f"2026-11-26;{twice.number} {fits.number};90,00",
            f"2026-11-26;{cancelled.number};40,00",
            "2026-11-26;Rent;-900,00",
            "2026-11-26;Interest;0,12",
            f"2026-11-26;no amount {fits.number};",
        ]
    )
    for again in (False, True):
        answer = await read(it, text)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        booked = {one["order_id"]: one["booked"] for one in found["matched"]}
        if again:
            assert set(booked.values()) == {False}
            assert found["others"] == [4, 7]
        else:
            assert booked == {
                str(fits.order_id): True,
                str(differs.order_id): False,
                str(cancelled.order_id): True,
            }
            assert found["others"] == [4, 7]
    await reaches(it, fits, "paid")
    await reaches(it, cancelled, "refunding")
    for order in (differs, twice):
        assert (await payment(it, order))["captured"] == 0
    await it.idle()
    assert outcomes(it, fits) == ["SUCCESS"]
    assert await books(it) == []


async def test_the_same_statement_at_once_books_once(it: Alone) -> None:
    order = await a_slip(it)
    text = f"Reference,Amount\n{order.number},50.00\n{order.number},50.00"
    answers = await asyncio.gather(*(read(it, text) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    booked = [one["booked"] for answer in answers for one in answer.json()["matched"]]
    assert booked.count(True) == 1
    await reaches(it, order, "paid")
    await it.idle()
    assert outcomes(it, order) == ["SUCCESS"]


@pytest.mark.parametrize("text", ["", "no heading", "a,b\n1,2", 'Amount\n"1', "Amount\n\0"])
async def test_what_is_no_statement_is_refused(it: Alone, text: str) -> None:
    answer = await read(it, text)
    if text == 'Amount\n"1':
        assert answer.status_code == 200, "a quote that is left open ends with the file"
    else:
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")


@pytest.mark.parametrize(
    ("cell", "minor"),
    [
        ("50.00", 5000),
        ("50,00", 5000),
        ("+1.234,50 EUR", 123450),
        ("1,234.5", 123450),
        ("$ 1 234", 123400),
        ("1.000", 100000),
        ("-5", -500),
        ("", None),
        ("EUR", None),
        ("1-2", None),
        ("1.2.3,4", None),
    ],
)
def test_amounts_as_banks_write_them(cell: str, minor: int | None) -> None:
    (*_, row) = [None, *rows_of(f"Amount;x\n{cell};y".encode(), "USD")]
    assert (row.amount if row else None) == (minor if minor and minor > 0 else None)


def test_a_statement_in_an_old_encoding() -> None:
    (row,) = rows_of("Texto;Crédito\nJoão;10,00".encode("latin-1"), "BRL")
    assert (row.amount, row.text) == (1000, "João")


def test_too_many_rows() -> None:
    with pytest.raises(Invalid):
        rows_of(b"Amount\n" + b"1\n" * 20_000, "USD")


@PURE
@given(st.text(), st.text(), st.lists(st.sampled_from(["-", " ", ""]), min_size=1, max_size=1))
def test_a_reference_is_found_in_any_text_around_it(before: str, after: str, gaps: list[str]) -> None:
    one, id = number(), uuid7()
    written = f"{before} {gaps[0].join(one.split('-'))} {after}"
    known: dict[str, UUID] = {core(f"SHOP-{one}"): id, core(number()): uuid7()}
    assert named(written, known) in (id, None)
    assert named(one, known) == id
    assert named(before, {}) is None
