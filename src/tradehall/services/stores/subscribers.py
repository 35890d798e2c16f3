"""From the catalogue: the first product fixes the currency. From payments: what became of an invoice, and where a store
can take money."""

from tradehall.contracts.catalog import ProductCreated
from tradehall.contracts.payments import AccountsUpdated, InvoiceSettled, InvoiceWaiting
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.service import on, on_batch
from tradehall.services.stores import billing, changing, provisioning
from tradehall.services.stores.queries import signups, stores
from tradehall.services.stores.signups import Signup


@on_batch(ProductCreated)
async def fix_currency(events: list[ProductCreated], tx: Tx) -> None:
    assert tx.store_id is not None
    await stores.fix_currency(tx, tx.store_id)


@on(AccountsUpdated)
async def offer_what_works(event: AccountsUpdated, tx: Tx) -> None:
    assert tx.store_id is not None
    await changing.change(tx, tx.store_id, accounts=event.accounts)


@on(InvoiceSettled)
async def settle_invoice(event: InvoiceSettled, tx: Tx) -> None:
    """A signup's becomes a store; a store's moves its subscription."""
    assert tx.store_id is not None
    if tx.store_id != NO_STORE:
        await billing.settle(tx, tx.store_id, event)
        return
    signup = await _under_way(tx, event)
    if signup is None:
        return
    if event.status == "paid":
        await provisioning.open_paid(tx, signup, event.payment_id, event.saved)
    else:
        await provisioning.decline(tx, signup)


@on(InvoiceWaiting)
async def wait_for_payer(event: InvoiceWaiting, tx: Tx) -> None:
    assert tx.store_id is not None
    if tx.store_id != NO_STORE:
        await billing.wait(tx, tx.store_id, event)
    elif (signup := await _under_way(tx, event)) is not None:
        await provisioning.wait(tx, signup, event.turn)


async def _under_way(tx: Tx, event: InvoiceSettled | InvoiceWaiting) -> Signup | None:
    signup = await signups.lock_by_invoice(tx, event.invoice_id)
    if signup is None or signup.status not in ("charging", "waiting") or signup.attempt != event.attempt:
        return None
    return signup
