"""Carts as clients see them."""

from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.values import Money
from tradehall.services.carts import model
from tradehall.services.carts.model import Cart, Goods


class PriceChange(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    before: Money
    after: Money


class TitleChange(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    before: str
    after: str


class OptionsChange(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    before: dict[str, str]
    after: dict[str, str]


class Changes(msgspec.Struct, frozen=True, omit_defaults=True):
    """Since the line was put into the cart, or its changes were acknowledged. `availability`: `short`, there are fewer
    than wanted; `back`, there were, and are enough again. `gone`: why it cannot be bought."""

    price: PriceChange | None = None
    title: TitleChange | None = None
    options: OptionsChange | None = None
    availability: Literal["short", "back"] | None = None
    gone: Literal["deleted", "unpublished"] | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`gone`: not for sale any more; it stays in sight and counts for nothing. `available`: in stock as far as known,
    for show; what is sold is decided when it is ordered."""

    variant_id: UUID
    product_id: UUID | None
    seller_id: UUID | None
    slug: str
    title: str
    options: dict[str, str]
    sku: str
    image: str | None
    quantity: int
    unit_price: Money
    line_total: Money
    selected: bool
    available: int | None
    changed: Changes | None
    gone: bool


class Sum(msgspec.Struct, frozen=True):
    subtotal: Money
    count: int


class CartView(msgspec.Struct, frozen=True, kw_only=True):
    """`subtotal` and `count` leave out what is gone; `selected` sums what is to be checked out."""

    id: UUID
    version: int
    items: list[Item]
    subtotal: Money
    count: int
    selected: Sum


def view_of(cart: Cart, goods: Goods, currency: str) -> CartView:
    items = [_item(line, goods, currency) for line in cart.lines]
    whole = _sum([item for item in items if not item.gone], currency)
    return CartView(
        id=cart.id,
        version=cart.version,
        items=items,
        subtotal=whole.subtotal,
        count=whole.count,
        selected=_sum([item for item in items if item.selected and not item.gone], currency),
    )


def _sum(items: list[Item], currency: str) -> Sum:
    return Sum(Money(sum(item.line_total.amount for item in items), currency), sum(item.quantity for item in items))


def _item(line: model.Line, goods: Goods, currency: str) -> Item:
    variant = goods.variants.get(line.variant_id)
    price = variant.price if variant else line.price
    changed = model.changed(line, goods)
    return Item(
        variant_id=line.variant_id,
        product_id=variant.product_id if variant else None,
        seller_id=variant.seller_id if variant else None,
        slug=variant.slug if variant else "",
        title=variant.title if variant else "",
        options=variant.options if variant else {},
        sku=variant.sku if variant else "",
        image=variant.image if variant else None,
        quantity=line.quantity,
        unit_price=Money(price, currency),
        line_total=Money(price * line.quantity, currency),
        selected=line.selected,
        available=variant.available if variant else None,
        changed=_changes(changed, currency) if changed else None,
        gone=bool(changed and changed.gone),
    )


def _changes(changed: model.Changed, currency: str) -> Changes:
    price = changed.price
    return Changes(
        price=PriceChange(Money(price[0], currency), Money(price[1], currency)) if price else None,
        title=TitleChange(*changed.title) if changed.title else None,
        options=OptionsChange(*changed.options) if changed.options else None,
        availability=changed.availability,
        gone=changed.gone,
    )
