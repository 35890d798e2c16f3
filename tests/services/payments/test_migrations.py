"""An installation whose stores had accounts before anybody was told of them."""

from pathlib import Path

import msgspec

from tests.services.upgrading import before
from tradehall.contracts.payments import AccountsUpdated
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.settings import Settings


async def test_accounts_of_every_store_are_told_of_once(servers: Settings, tmp_path: Path) -> None:
    async with before("0032_tell_accounts.sql", "payments", servers, tmp_path) as older:
        both, bank, emptied = uuid7(), uuid7(), uuid7()
        for store, provider in ((both, "stripe"), (both, "paypal"), (NO_STORE, "stripe")):
            await older.connection.execute(
                "INSERT INTO provider_accounts (store_id, provider, keys, shown, capture) VALUES ($1, $2, 'k', '{}', 'at_once')",
                store,
                provider,
            )
        for store, text in ((both, "Here"), (bank, "There"), (emptied, ""), (NO_STORE, "The platform's")):
            await older.connection.execute("INSERT INTO bank_details (store_id, text) VALUES ($1, $2)", store, text)
        assert "0032_tell_accounts.sql" in await older.upgrade()
        rows = await older.connection.fetch("SELECT store_id, aggregatetype, aggregateid, type, payload FROM outbox")
        told = {row["store_id"]: msgspec.json.decode(row["payload"], type=AccountsUpdated) for row in rows}
        assert {store: event.accounts for store, event in told.items()} == {
            both: ["bank-slip", "paypal", "stripe"],
            bank: ["bank-slip"],
        }
        for row in rows:
            assert (row["aggregatetype"], row["type"]) == ("payments", AccountsUpdated.event_name())
            assert row["aggregateid"] == str(row["store_id"])


async def test_payments_in_review_and_invoices_paid_are_known_as_before(servers: Settings, tmp_path: Path) -> None:
    async with before("0033_in_place.sql", "payments", servers, tmp_path) as older:
        store, invoice = uuid7(), uuid7()
        for attempt, status in enumerate(("declined", "paid"), 1):
            await older.connection.execute(
                "INSERT INTO payments (store_id, id, invoice_id, attempt, link, method, status, amount, captured, currency, "
                "expires_at) VALUES ($1, $2, $3, $4, 'l', 'stripe', $5, 100, CASE WHEN $5 = 'paid' THEN 100 ELSE 0 END, 'USD', now())",
                store,
                uuid7(),
                invoice,
                attempt,
                status,
            )
        await older.upgrade()
        rows = await older.connection.fetch("SELECT status, in_review, paid_invoice FROM payments ORDER BY attempt")
        assert [tuple(row) for row in rows] == [("declined", False, None), ("paid", False, invoice)]
        await older.connection.execute("UPDATE payments SET status = 'review' WHERE status = 'declined'")
        assert await older.connection.fetchval("SELECT count(*) FROM payments WHERE in_review") == 1


async def test_payments_are_found_by_their_providers_references_as_before(servers: Settings, tmp_path: Path) -> None:
    async with before("0035_references.sql", "payments", servers, tmp_path) as older:
        stores, payments = (uuid7(), uuid7()), (uuid7(), uuid7(), uuid7())
        for store, payment, reference in (
            (stores[0], payments[0], "pi_1"),
            (stores[1], payments[1], "pi_1"),
            (stores[0], payments[2], None),
        ):
            await older.connection.execute(
                "INSERT INTO payments (store_id, id, order_id, link, method, status, amount, currency, expires_at, reference) "
                "VALUES ($1, $2, $3, 'l', 'stripe', 'action', 100, 'USD', now(), $4)",
                store,
                payment,
                uuid7(),
                reference,
            )
        await older.upgrade()
        rows = await older.connection.fetch(
            "SELECT store_id, payment_id, reference FROM provider_references ORDER BY 2"
        )
        assert [tuple(row) for row in rows] == [
            (store, payment, "pi_1") for store, payment in zip(stores, payments, strict=False)
        ]
