"""Carts left alone: their owners are reminded, once; those of guests are forgotten in the end."""

import asyncio
from datetime import UTC, datetime, timedelta

from tradehall.contracts.carts import CartAbandoned, CartReminderDue, LeftLine
from tradehall.contracts.stores import Store
from tradehall.kernel.context import stopping
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.runtime import Running
from tradehall.kernel.service import TaskContext, work
from tradehall.services.carts import queries
from tradehall.services.carts.model import Cart, Goods, Owner, worth_a_reminder
from tradehall.services.carts.queries import after, goods

HOUR = timedelta(hours=1)
GUESTS_KEPT = timedelta(days=90)
FIRST_PRUNE, PRUNE_EVERY = 60.0, 6 * 3600.0  # seconds
BETWEEN_STORES = 0.05  # seconds, so that a thousand of them are no rush


@work(CartReminderDue)
async def remind(task: CartReminderDue, context: TaskContext) -> None:
    """Due at once with the first change, then whenever the cart, as it was last looked at, would have been left alone
    for long enough: a cart has one timer however often it changes."""
    store = await context.running.stores.get(context.store_id)
    async with context.transaction() as tx:
        reminder = await after.reminder(tx, task.user_id)
        if reminder is None or reminder.due != task.due or reminder.reminded_at is not None:
            return  # an order was made meanwhile, or this is the task of an earlier reminder, or a second time
        owner = Owner(account=task.user_id)
        cart = (await queries.carts(tx, [owner]))[owner]
        known = await goods.goods(tx, cart.lines)
        if not store.cart_reminder_hours or not worth_a_reminder(cart, known):
            await after.end_reminder(tx, task.user_id)
            return
        due = reminder.left_at + store.cart_reminder_hours * HOUR
        if due > datetime.now(UTC):
            await after.remind_at(tx, task.user_id, due)
            tx.emit(CartReminderDue(user_id=task.user_id, due=due), key=cart.id, at=due, because=task)
            return
        await after.reminded(tx, task.user_id)
        _tell(tx, cart, known, store, task)


def _tell(tx: Tx, cart: Cart, known: Goods, store: Store, task: CartReminderDue) -> None:
    left = [
        LeftLine(variant_id=line.variant_id, title=variant.title, quantity=line.quantity, unit_price=variant.price)
        for line in cart.lines
        if (variant := known.variants.get(line.variant_id)) and variant.for_sale
    ]
    tx.emit(
        CartAbandoned(cart_id=cart.id, user_id=task.user_id, currency=store.currency, lines=left),
        key=cart.id,
        because=task,
    )


async def forget_guests(running: Running, db: Database) -> None:
    """Until cancelled. As long as their cookie lives; every process may do it, nobody minds."""
    pause = FIRST_PRUNE
    while not stopping():
        await asyncio.sleep(pause)
        pause = PRUNE_EVERY
        for store in running.stores.all():
            async with db.transaction(store.id) as tx:
                await after.prune_guests(tx, GUESTS_KEPT)
            await asyncio.sleep(BETWEEN_STORES)
