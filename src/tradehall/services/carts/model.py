"""Rules of carts."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from tradehall.kernel.errors import Conflict, Invalid, NotFound

MOST_OF_ONE = 999
MOST_LINES = 200


class CartConflict(Conflict):
    slug = "cart-conflict"
    title = "The cart was changed at the same time; try again"


class UnknownVariant(NotFound):
    slug = "unknown-variant"
    title = "There is no such variant for sale"


class NotInCart(NotFound):
    slug = "not-in-cart"
    title = "This is not in the cart"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`price`: what it cost, in minor units, when it was put into the cart."""

    variant_id: UUID
    quantity: int
    price: int


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """`version` 0: not stored yet."""

    id: UUID
    user_id: UUID | None = None
    version: int = 0
    lines: list[Line] = msgspec.field(default_factory=list)

    def line(self, variant_id: UUID) -> Line | None:
        return next((line for line in self.lines if line.variant_id == variant_id), None)


def added(cart: Cart, variant_id: UUID, quantity: int, price: int) -> Cart:
    """Raises Invalid where there would be too many."""
    before = cart.line(variant_id)
    total = quantity + (before.quantity if before else 0)
    return with_quantity(cart, variant_id, total, before.price if before else price)


def with_quantity(cart: Cart, variant_id: UUID, quantity: int, price: int) -> Cart:
    """Raises Invalid where there would be too many."""
    if quantity > MOST_OF_ONE:
        raise Invalid.field("quantity", f"must leave at most {MOST_OF_ONE} of one variant in the cart")
    line = Line(variant_id=variant_id, quantity=quantity, price=price)
    if cart.line(variant_id) is None:
        if len(cart.lines) >= MOST_LINES:
            raise Invalid.field("variant_id", f"is one too many: a cart holds {MOST_LINES} lines")
        return msgspec.structs.replace(cart, lines=[*cart.lines, line])
    return msgspec.structs.replace(cart, lines=[line if x.variant_id == variant_id else x for x in cart.lines])


def without(cart: Cart, variant_id: UUID) -> Cart:
    """Raises NotInCart."""
    if cart.line(variant_id) is None:
        raise NotInCart()
    return msgspec.structs.replace(cart, lines=[x for x in cart.lines if x.variant_id != variant_id])


def merged(account: Cart, guest: Cart) -> tuple[Cart, Cart]:
    """The guest's lines added to the account's, and what is left of the guest's: lines beyond the most a cart holds.

    Quantities are capped, since nobody is there to be asked.
    """
    lines = {line.variant_id: line for line in account.lines}
    left: list[Line] = []
    for line in guest.lines:
        before = lines.get(line.variant_id)
        if before is None and len(lines) >= MOST_LINES:
            left.append(line)
            continue
        total = min(MOST_OF_ONE, line.quantity + (before.quantity if before else 0))
        lines[line.variant_id] = msgspec.structs.replace(before or line, quantity=total)
    return msgspec.structs.replace(account, lines=list(lines.values())), msgspec.structs.replace(guest, lines=left)


def ordered(cart: Cart, quantities: Sequence[tuple[UUID, int]]) -> Cart:
    """What was ordered leaves the cart; what was added meanwhile stays."""
    gone = dict(quantities)
    left = [msgspec.structs.replace(line, quantity=line.quantity - gone.get(line.variant_id, 0)) for line in cart.lines]
    return msgspec.structs.replace(cart, lines=[line for line in left if line.quantity > 0])
