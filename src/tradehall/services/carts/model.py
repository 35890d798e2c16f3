"""Rules of carts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Quantity
from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound, Refusal

MOST_OF_ONE = 999
MOST_LINES = 200

Mode = Literal["add", "set"]


class CartConflict(Conflict):
    slug = "cart-conflict"
    title = "The cart was changed at the same time; try again"


class CartChanged(Refusal):
    status = 412
    slug = "cart-changed"
    title = "The cart is no longer as you saw it"


class UnknownVariant(NotFound):
    slug = "unknown-variant"
    title = "There is no such variant for sale"


class NotInCart(NotFound):
    slug = "not-in-cart"
    title = "This is not in the cart"


class Owner(msgspec.Struct, frozen=True):
    """Whose cart: an account's, found by the account only, or the guest's who knows its id."""

    guest: UUID | None = None
    account: UUID | None = None

    @classmethod
    def named(cls, cart_id: UUID, user_id: UUID | None) -> "Owner | None":
        """Whose cart this user may mean by an id; None where it can be nobody's. Guests' ids are random (version 4)."""
        if cart_id.version == 4:
            return cls(guest=cart_id)
        return cls(account=user_id) if user_id is not None else None


class Variant(msgspec.Struct, frozen=True):
    """What the catalogue says now. `revision` counts the changes of title and options. `available`: None, not known or not
    limited."""

    id: UUID
    product_id: UUID
    seller_id: UUID
    slug: str
    sku: str
    title: str
    options: dict[str, str]
    price: int
    image: str | None
    for_sale: bool
    unpublished: bool = False
    revision: int = 1
    available: int | None = None


class PastVariant(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    revision: int
    title: str
    options: dict[str, str]


class Line(msgspec.Struct, frozen=True, array_like=True):
    """What the shopper has seen, when it was put into the cart or a change was acknowledged: `price` in minor units,
    the variant's `revision`, and whether there were fewer than wanted (`short`). `selected`: to be checked out."""

    variant_id: UUID
    quantity: int
    price: int
    revision: int = 1
    short: bool = False
    selected: bool = True


class Cart(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """`version` 0: not stored yet. Where it is encoded, then as arrays: new fields go to the end and have a default."""

    id: UUID
    user_id: UUID | None = None
    version: int = 0
    lines: list[Line] = msgspec.field(default_factory=list)

    @property
    def owner(self) -> Owner:
        return Owner(account=self.user_id) if self.user_id is not None else Owner(guest=self.id)

    def line(self, variant_id: UUID) -> Line | None:
        return next((line for line in self.lines if line.variant_id == variant_id), None)

    @classmethod
    def new(cls, owner: Owner, fresh_id: Callable[[], UUID]) -> "Cart":
        return cls(id=owner.guest or fresh_id(), user_id=owner.account)


class Goods(msgspec.Struct, frozen=True):
    """What is known of the variants in a cart; of those with another title or other options now, what was seen."""

    variants: Mapping[UUID, Variant]
    past: Mapping[tuple[UUID, int], PastVariant] = msgspec.field(default_factory=dict)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    quantity: Quantity = 1


def filled(cart: Cart, wanted: Sequence[Wanted], goods: Goods, mode: Mode = "add") -> Cart:
    """All of it added to what is there, or set. Raises Invalid naming each line that cannot be."""
    lines = {line.variant_id: line for line in cart.lines}
    errors: list[FieldError] = []
    seen: set[UUID] = set()
    for i, item in enumerate(wanted):
        variant, before = goods.variants.get(item.variant_id), lines.get(item.variant_id)
        problem = None
        if item.variant_id in seen:
            problem = "variant_id", "stands in the list twice"
        elif variant is None or not (variant.for_sale or (before and mode == "set")):
            problem = "variant_id", "is not for sale in this store"
        elif before is None and len(lines) >= MOST_LINES:
            problem = "variant_id", f"is one too many: a cart holds {MOST_LINES} lines"
        else:
            quantity = item.quantity + (before.quantity if before and mode == "add" else 0)
            lines[variant.id] = _line(variant, quantity, before)
            if quantity > MOST_OF_ONE:
                problem = "quantity", f"must leave at most {MOST_OF_ONE} of one variant in the cart"
        seen.add(item.variant_id)
        if problem:
            errors.append(FieldError(f"lines[{i}].{problem[0]}", problem[1]))
    if errors:
        raise Invalid("Some lines cannot be put into the cart.", errors=errors)
    return msgspec.structs.replace(cart, lines=list(lines.values()))


def put(cart: Cart, item: Wanted, goods: Goods, mode: Mode = "add") -> Cart:
    """As `filled`, for one. Raises UnknownVariant; Invalid names its fields without a list."""
    variant = goods.variants.get(item.variant_id)
    if variant is None or not (variant.for_sale or (mode == "set" and cart.line(variant.id))):
        raise UnknownVariant()
    try:
        return filled(cart, [item], goods, mode)
    except Invalid as refused:
        errors = [FieldError(error.field.partition(".")[2], error.rule) for error in refused.errors]
        raise Invalid(f"{errors[0].field}: {errors[0].rule}", errors=errors) from None


def _line(variant: Variant, quantity: int, before: Line | None) -> Line:
    """A line keeps what was seen when it came; a quantity is chosen in sight of the stock."""
    short = variant.available is not None and variant.available < quantity
    if before is not None:
        return msgspec.structs.replace(before, quantity=quantity, short=short)
    return Line(variant_id=variant.id, quantity=quantity, price=variant.price, revision=variant.revision, short=short)


def without(cart: Cart, variant_id: UUID) -> Cart:
    """Raises NotInCart."""
    if cart.line(variant_id) is None:
        raise NotInCart()
    return msgspec.structs.replace(cart, lines=[x for x in cart.lines if x.variant_id != variant_id])


def emptied(cart: Cart) -> Cart:
    return msgspec.structs.replace(cart, lines=[])


def selected(cart: Cart, variant_ids: Collection[UUID]) -> Cart:
    """These lines, and no others, are to be checked out. Raises Invalid naming what is not in the cart."""
    wanted = _in_cart(cart, variant_ids)
    return msgspec.structs.replace(
        cart, lines=[msgspec.structs.replace(line, selected=line.variant_id in wanted) for line in cart.lines]
    )


def acknowledged(cart: Cart, goods: Goods, variant_ids: Collection[UUID] | None) -> Cart:
    """What has changed about these lines, or all, is seen now. Raises Invalid naming what is not in the cart."""
    meant = None if variant_ids is None else _in_cart(cart, variant_ids)
    return msgspec.structs.replace(
        cart,
        lines=[
            _seen(line, variant)
            if (meant is None or line.variant_id in meant) and (variant := goods.variants.get(line.variant_id))
            else line
            for line in cart.lines
        ],
    )


def _seen(line: Line, variant: Variant) -> Line:
    return msgspec.structs.replace(
        line,
        price=variant.price,
        revision=variant.revision,
        short=variant.available is not None and variant.available < line.quantity,
    )


def _in_cart(cart: Cart, variant_ids: Collection[UUID]) -> set[UUID]:
    there = {line.variant_id for line in cart.lines}
    errors = [
        FieldError(f"variant_ids[{i}]", "is not in the cart") for i, id in enumerate(variant_ids) if id not in there
    ]
    if errors:
        raise Invalid("Some lines are not in the cart.", errors=errors)
    return set(variant_ids)


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
        wanted = line.selected or (before is not None and before.selected)
        lines[line.variant_id] = msgspec.structs.replace(before or line, quantity=total, selected=wanted)
    return msgspec.structs.replace(account, lines=list(lines.values())), msgspec.structs.replace(guest, lines=left)


def ordered(cart: Cart, quantities: Sequence[tuple[UUID, int]]) -> Cart:
    """What was ordered leaves the cart; what was added meanwhile stays."""
    gone = dict(quantities)
    left = [msgspec.structs.replace(line, quantity=line.quantity - gone.get(line.variant_id, 0)) for line in cart.lines]
    return msgspec.structs.replace(cart, lines=[line for line in left if line.quantity > 0])


def returned(cart: Cart, lines: Sequence[Line]) -> Cart:
    """What an order that came to nothing had taken is back. What the shopper put there again meanwhile stays as it is,
    and no more lines come than a cart holds."""
    there = {line.variant_id for line in cart.lines}
    back = [line for line in lines if line.variant_id not in there]
    return msgspec.structs.replace(cart, lines=[*cart.lines, *back][:MOST_LINES])


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a line is not as the shopper saw it; None where it is."""

    price: tuple[int, int] | None = None
    title: tuple[str, str] | None = None
    options: tuple[dict[str, str], dict[str, str]] | None = None
    availability: Literal["short", "back"] | None = None
    gone: Literal["deleted", "unpublished"] | None = None


def changed(line: Line, goods: Goods) -> Changed | None:
    """`short`, fewer in stock than wanted, holds for as long as it is so, seen or not. A line that is gone says only
    that."""
    variant = goods.variants.get(line.variant_id)
    if variant is None or not variant.for_sale:
        return Changed(gone="unpublished" if variant and variant.unpublished else "deleted")
    short = variant.available is not None and variant.available < line.quantity
    if line.price == variant.price and line.revision == variant.revision and not (short or line.short):
        return None
    past = goods.past.get((line.variant_id, line.revision)) if line.revision != variant.revision else None
    found = Changed(
        price=(line.price, variant.price) if line.price != variant.price else None,
        title=(past.title, variant.title) if past and past.title != variant.title else None,
        options=(past.options, variant.options) if past and past.options != variant.options else None,
        availability="short" if short else "back" if line.short else None,
    )
    return None if found == _UNCHANGED else found


_UNCHANGED = Changed()


def worth_a_reminder(cart: Cart, goods: Goods) -> bool:
    """Whether anything of it can still be bought."""
    return any((variant := goods.variants.get(line.variant_id)) and variant.for_sale for line in cart.lines)
