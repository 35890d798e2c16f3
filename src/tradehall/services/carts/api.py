"""Routes of the carts service. A cart is its account's, or the guest's who knows its id."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money, Quantity
from tradehall.kernel.access import ANYONE, PEERS
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.carts import model, queries
from tradehall.services.carts.changing import Change, How, change
from tradehall.services.carts.model import Cart, UnknownVariant
from tradehall.services.carts.queries import Owner, Variant

COOKIE = "cart"
HEADER = "cart-id"
COOKIE_LIFE = 90 * 86400


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    quantity: Quantity = 1


class NewQuantity(msgspec.Struct, frozen=True, kw_only=True):
    quantity: Quantity


class PriceChange(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    before: Money
    after: Money


class Changes(msgspec.Struct, frozen=True, omit_defaults=True):
    price: PriceChange | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`gone`: not for sale any more; it stays in sight and counts for nothing. `changed`: since it was added."""

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
    changed: Changes | None
    gone: bool


class CartView(msgspec.Struct, frozen=True, kw_only=True):
    """`subtotal` and `count` leave out what is gone."""

    id: UUID
    version: int
    items: list[Item]
    subtotal: Money
    count: int


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    quantity: int


class CartLines(msgspec.Struct, frozen=True, kw_only=True):
    lines: list[WantedLine]
    version: int
    user_id: UUID | None


class Visitor:
    """Whose cart: the account's of whoever is signed in, else the one that cookie or header name, else a new one."""

    def __init__(self, request: Request[Any, Any, Any], principal: Principal | None, running: Running) -> None:
        named = request.headers.get(HEADER) or request.cookies.get(COOKIE) or ""
        known = _guest_id(named) if principal is None else None
        self.new = known is None and principal is None
        if principal is not None:
            self.owner = Owner(account=principal.user_id)
        else:
            self.owner = Owner(guest=known or uuid4())  # must not be guessed
        self._secure = running.settings.secure_cookies

    def answer(self, view: CartView, status: int = 200) -> Response[CartView]:
        cookies = []
        if self.new and view.version:
            cookies = [
                Cookie(
                    key=COOKIE,
                    value=str(view.id),
                    max_age=COOKIE_LIFE,
                    httponly=True,
                    samesite="lax",
                    path="/",
                    secure=self._secure,
                )
            ]
        return Response(view, status_code=status, cookies=cookies)


def _guest_id(text: str) -> UUID | None:
    """Accounts' carts have ids of another version, so that a guest never asks for one of theirs."""
    try:
        id = UUID(text)
    except ValueError:
        return None
    return id if id.version == 4 else None


def view_of(cart: Cart, variants: Mapping[UUID, Variant], currency: str) -> CartView:
    items = [_item(line, variants.get(line.variant_id), currency) for line in cart.lines]
    kept = [item for item in items if not item.gone]
    return CartView(
        id=cart.id,
        version=cart.version,
        items=items,
        subtotal=Money(sum(item.line_total.amount for item in kept), currency),
        count=sum(item.quantity for item in kept),
    )


def _item(line: model.Line, variant: Variant | None, currency: str) -> Item:
    price = variant.price if variant else line.price
    changed = None
    if price != line.price:
        changed = Changes(PriceChange(Money(line.price, currency), Money(price, currency)))
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
        changed=changed,
        gone=variant is None or not variant.for_sale,
    )


async def _changed(db: Database, store: Store, visitor: Visitor, how: How, *besides: UUID) -> CartView:
    """Raises what `how` raises, CartConflict where the cart is changed elsewhere all the time."""
    cart, variants = await change(db, store, Change(visitor.owner, how, besides))
    return view_of(cart, variants, store.currency)


@get("/api/v1/cart", access=ANYONE)
async def get_cart(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> CartView:
    visitor = Visitor(request, principal, running)
    async with db.transaction(store.id) as tx:
        carts, variants = await queries.load(tx, [visitor.owner])
    return view_of(carts[visitor.owner], variants, store.currency)


@delete("/api/v1/cart", access=ANYONE, status_code=200)
async def clear_cart(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> CartView:
    visitor = Visitor(request, principal, running)
    return await _changed(db, store, visitor, lambda cart, _: msgspec.structs.replace(cart, lines=[]))


@post("/api/v1/cart/items", access=ANYONE)
async def add_item(
    request: Request[Any, Any, Any],
    data: JSONBody[Addition],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    """Adds to what is there: 1 to 999 of a variant in all. Guests without a cart get one, named by `id` and a cookie."""

    def add(cart: Cart, variants: Mapping[UUID, Variant]) -> Cart:
        variant = variants.get(data.variant_id)
        if variant is None or not variant.for_sale:
            raise UnknownVariant()
        return model.added(cart, variant.id, data.quantity, variant.price)

    visitor = Visitor(request, principal, running)
    return visitor.answer(await _changed(db, store, visitor, add, data.variant_id), 201)


@put("/api/v1/cart/items/{variant_id:uuid}", access=ANYONE)
async def set_item(
    request: Request[Any, Any, Any],
    variant_id: FromPath[UUID],
    data: JSONBody[NewQuantity],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    def put_quantity(cart: Cart, variants: Mapping[UUID, Variant]) -> Cart:
        line, variant = cart.line(variant_id), variants.get(variant_id)
        if variant is None or (line is None and not variant.for_sale):
            raise UnknownVariant()
        return model.with_quantity(cart, variant_id, data.quantity, line.price if line else variant.price)

    visitor = Visitor(request, principal, running)
    return visitor.answer(await _changed(db, store, visitor, put_quantity, variant_id))


@delete("/api/v1/cart/items/{variant_id:uuid}", access=ANYONE, status_code=200)
async def remove_item(
    request: Request[Any, Any, Any],
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> CartView:
    visitor = Visitor(request, principal, running)
    return await _changed(db, store, visitor, lambda cart, _: model.without(cart, variant_id))


@get("/internal/v1/carts/{cart_id:uuid}", access=PEERS, include_in_schema=False)
async def cart_lines(cart_id: FromPath[UUID], db: NamedDependency[Database], store_id: FromQuery[UUID]) -> CartLines:
    async with db.transaction(store_id) as tx:
        cart = await queries.by_id(tx, cart_id)
    if cart is None:
        return CartLines(lines=[], version=0, user_id=None)
    lines = [WantedLine(variant_id=line.variant_id, quantity=line.quantity) for line in cart.lines]
    return CartLines(lines=lines, version=cart.version, user_id=cart.user_id)


routes = [get_cart, clear_cart, add_item, set_item, remove_item, cart_lines]
