"""What whoever pays for a store is told."""

from tradehall.contracts.stores import Store, SubscriptionChange, SubscriptionChanged
from tradehall.contracts.values import Money
from tradehall.kernel.db import Tx
from tradehall.services.stores.subscriptions import Invoice, Subscription


def tell(
    tx: Tx,
    store: Store,
    subscription: Subscription,
    change: SubscriptionChange,
    invoice: Invoice | None = None,
    *,
    returned: Money | None = None,
) -> None:
    changed = SubscriptionChanged(
        store=store,
        email=subscription.email,
        change=change,
        plan=subscription.plan,
        until=subscription.sells_until,
        invoice=invoice.facts(store) if invoice else None,
        returned=returned,
    )
    tx.emit(changed, key=store.id)
