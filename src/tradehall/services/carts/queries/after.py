"""SQL of what comes after: orders made from carts, reminders of those left alone, carts that nobody remembers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.carts.model import Owner


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """What an order took out of a cart; `prices` in minor units, as the shopper saw them."""

    order_id: UUID
    cart_id: UUID
    user_id: UUID | None
    variant_ids: list[UUID]
    quantities: list[int]
    prices: list[int]

    @property
    def owner(self) -> Owner:
        return Owner(account=self.user_id) if self.user_id is not None else Owner(guest=self.cart_id)


async def keep_ordered(tx: Tx, taken: Ordered) -> None:
    await tx.run(
        "INSERT INTO ordered (order_id, cart_id, user_id, variant_ids, quantities, prices) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        taken.order_id,
        taken.cart_id,
        taken.user_id,
        taken.variant_ids,
        taken.quantities,
        taken.prices,
    )


async def take_ordered(tx: Tx, order_ids: Sequence[UUID]) -> list[Ordered]:
    """What these orders had taken, which is then forgotten: whoever asks puts it back, or lets it go."""
    return await tx.all(
        Ordered,
        "DELETE FROM ordered WHERE order_id = ANY($1) "
        "RETURNING order_id, cart_id, user_id, variant_ids, quantities, prices",
        order_ids,
    )


async def move_ordered(tx: Tx, guest_cart: UUID, cart_id: UUID, user_id: UUID) -> None:
    """What orders took out of the guest's cart would come back into the account's."""
    await tx.run("UPDATE ordered SET cart_id = $2, user_id = $3 WHERE cart_id = $1", guest_cart, cart_id, user_id)


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """`left_at`: when the cart was changed last, or an order made from it."""

    due: datetime
    reminded_at: datetime | None
    left_at: datetime


async def reminder(tx: Tx, user_id: UUID) -> Reminder | None:
    """Locked, and so is the account's cart: a change waits, and then begins a reminder of its own where none is left."""
    changed_at = await tx.scalar("SELECT updated_at FROM carts WHERE user_id = $1 FOR UPDATE", user_id)
    return await tx.one(
        Reminder,
        "SELECT due, reminded_at, greatest(begun_at, $2) AS left_at FROM reminders WHERE user_id = $1 FOR UPDATE",
        user_id,
        changed_at,
    )


async def remind_at(tx: Tx, user_id: UUID, due: datetime) -> None:
    await tx.run("UPDATE reminders SET due = $2 WHERE user_id = $1", user_id, due)


async def reminded(tx: Tx, user_id: UUID) -> None:
    await tx.run("UPDATE reminders SET reminded_at = now() WHERE user_id = $1", user_id)


async def renew_reminder(tx: Tx, user_id: UUID) -> datetime | None:
    """When it is due now; None where there was none."""
    due: datetime | None = await tx.scalar(
        "UPDATE reminders SET begun_at = now(), due = now(), reminded_at = NULL WHERE user_id = $1 RETURNING due",
        user_id,
    )
    return due


async def end_reminder(tx: Tx, user_id: UUID) -> None:
    """The next change of the cart begins another."""
    await tx.run("DELETE FROM reminders WHERE user_id = $1", user_id)


async def prune_guests(tx: Tx, kept: timedelta) -> int:
    """Guests' carts without a change for so long, of the transaction's store; returns how many there were."""
    return await tx.run("DELETE FROM carts WHERE user_id IS NULL AND updated_at < now() - $1::interval", kept)
