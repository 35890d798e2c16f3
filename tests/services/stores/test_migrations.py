"""An installation whose stores had bills before there was tax on them."""

from pathlib import Path

import asyncpg
import pytest

from tests.services.upgrading import Older, before
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.settings import Settings

BILLS = (("paid", 1900), ("declined", 1900), ("void", 1900), ("paid", 0))


async def test_what_was_billed_stays_what_it_was(servers: Settings, tmp_path: Path) -> None:
    async with before("0013_bills.sql", "stores", servers, tmp_path) as older:
        stores = [await _with_bills(older, f"old{n}") for n in range(2)]
        await _signed_up(older)
        assert "0013_bills.sql" in await older.upgrade()
        for store in stores:
            rows = await older.connection.fetch(
                "SELECT status, amount, net, tax, returned, method, turn FROM invoices WHERE store_id = $1 ORDER BY number",
                store,
            )
            assert [tuple(row) for row in rows] == [
                (status, amount, amount, 0, 0, "card-simulated", None) for status, amount in BILLS
            ]
        rows = await older.connection.fetch("SELECT status, amount, tax, turn FROM signups")
        assert [tuple(row) for row in rows] == [("charging", 1900, 0, None)]
        cards = await older.connection.fetch("SELECT card FROM subscriptions")
        assert {row["card"] for row in cards} == {"tok_ok"}
        with pytest.raises(asyncpg.CheckViolationError, match="totals_add_up"):
            await older.connection.execute("UPDATE invoices SET tax = 1")
        with pytest.raises(asyncpg.UniqueViolationError, match="one_open_invoice"):
            await older.connection.execute("UPDATE invoices SET status = 'charging' WHERE status = 'void'")


async def _with_bills(older: Older, slug: str) -> object:
    store = uuid7()
    await older.connection.execute("INSERT INTO stores (id, slug, settings) VALUES ($1, $2, '{}')", store, slug)
    await older.connection.execute(
        "INSERT INTO subscriptions (store_id, plan, months, paid, currency, period_start, period_end, anchor, status, method, "
        "card, email) VALUES ($1, 'small', 1, 1900, 'USD', now(), now() + interval '1 month', 1, 'active', 'card-simulated', "
        "'tok_ok', 'a@example.org')",
        store,
    )
    for number, (status, amount) in enumerate(BILLS, 1):
        await _bill(older, store, number, status, amount)
    return store


async def _bill(older: Older, store: object, number: int, status: str, amount: int) -> None:
    await older.connection.execute(
        "INSERT INTO invoices (store_id, id, number, kind, plan, months, period_start, period_end, amount, currency, cycle, "
        "status, payment_id) VALUES ($1, $2::uuid, $3, 'upgrade', 'small', 1, now(), now() + interval '1 month', $4, 'USD', $4, $5::text, "
        "CASE WHEN $5::text = 'paid' THEN $2::uuid END)",
        store,
        uuid7(),
        number,
        amount,
        status,
    )


async def _signed_up(older: Older) -> None:
    await older.connection.execute(
        "INSERT INTO signups (store_id, id, email, name, slug, plan, months, amount, currency, method, card, status, opens, "
        "invoice_id, attempt, code_expires_at, expires_at) VALUES ($1, $2, 'a@example.org', 'A', 'soon', 'small', 1, 1900, "
        "'USD', 'card-simulated', 'tok_ok', 'charging', $3, $4, 1, now(), now())",
        NO_STORE,
        *(uuid7() for _ in range(3)),
    )
