"""Routes of the carts service. A cart is its account's, or the guest's who knows its id."""

import re
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID, uuid4

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.stores import Store
from tradehall.contracts.values import Quantity
from tradehall.kernel.access import ANYONE, PEERS
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import BadRequest, FieldError
from tradehall.kernel.runtime import Running
from tradehall.services.carts import model
from tradehall.services.carts.keeping import Change, How, keeping_for
from tradehall.services.carts.model import MOST_LINES, Mode, Owner, Wanted
from tradehall.services.carts.views import CartView, view_of

COOKIE = "cart"
HEADER = "cart-id"
COOKIE_LIFE = 90 * 86400

Lines = Annotated[list[Wanted], Meta(min_length=1, max_length=MOST_LINES)]
VariantIds = Annotated[list[UUID], Meta(max_length=MOST_LINES)]


class Addition(Wanted, frozen=True, kw_only=True):
    """`mode`: added to what is there, or set to this quantity."""

    mode: Mode = "add"


class Additions(msgspec.Struct, frozen=True, kw_only=True):
    """All or none; a variant stands in the list once."""

    lines: Lines
    mode: Mode = "add"


class NewQuantity(msgspec.Struct, frozen=True, kw_only=True):
    quantity: Quantity


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    variant_ids: VariantIds


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Without `variant_ids` all lines."""

    variant_ids: VariantIds | None = None


class PeerLine(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    quantity: int
    selected: bool


class PeerCart(msgspec.Struct, frozen=True, kw_only=True):
    lines: list[PeerLine]
    version: int
    user_id: UUID | None


class Visitor:
    """Whose cart: the account's of whoever is signed in, else the one that cookie or header name, else a new one.

    `seen` is the version in If-Match, that the cart must still have. Raises BadRequest.
    """

    def __init__(self, request: Request[Any, Any, Any], principal: Principal | None, running: Running) -> None:
        named = request.headers.get(HEADER) or request.cookies.get(COOKIE) or ""
        known = _guest_id(named) if principal is None else None
        self.new = known is None and principal is None
        if principal is not None:
            self.owner = Owner(account=principal.user_id)
        else:
            self.owner = Owner(guest=known or uuid4())  # must not be guessed
        self.seen = _version(request.headers.get("if-match"))
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
        return Response(view, status_code=status, cookies=cookies, headers={"etag": f'"{view.version}"'})


def _guest_id(text: str) -> UUID | None:
    """Accounts' carts have ids of another version, so that a guest never asks for one of theirs."""
    try:
        id = UUID(text)
    except ValueError:
        return None
    return id if id.version == 4 else None


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    if not (found := re.fullmatch(r'"(\d{1,9})"', if_match)):
        rule = 'must be the ETag of an answer with the cart, such as "3", or *'
        raise BadRequest(f"If-Match {rule}", errors=[FieldError("If-Match", rule)])
    return int(found[1])


async def _changed(
    db: Database, store: Store, visitor: Visitor, how: How, besides: Sequence[UUID] = (), status: int = 200
) -> Response[CartView]:
    """Raises what `how` raises, CartChanged, CartConflict where the cart is changed elsewhere all the time."""
    change = Change(visitor.owner, how, tuple(besides), visitor.seen)
    cart, goods = await keeping_for(db.settings).change(db, store.id, change)
    return visitor.answer(view_of(cart, goods, store.currency), status)


@get("/api/v1/cart", access=ANYONE)
async def get_cart(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    """The ETag is the cart's version. A change with If-Match is made only to that version, else it is refused (412)."""
    visitor = Visitor(request, principal, running)
    cart, goods = await keeping_for(db.settings).look(db, store.id, visitor.owner)
    return visitor.answer(view_of(cart, goods, store.currency))


@delete("/api/v1/cart", access=ANYONE, status_code=200)
async def clear_cart(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    visitor = Visitor(request, principal, running)
    return await _changed(db, store, visitor, lambda cart, _: model.emptied(cart))


@post("/api/v1/cart/items", access=ANYONE)
async def add_item(
    request: Request[Any, Any, Any],
    data: JSONBody[Addition],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    """1 to 999 of a variant in all. Guests without a cart get one, named by `id` and a cookie."""
    visitor = Visitor(request, principal, running)
    return await _changed(
        db, store, visitor, lambda cart, goods: model.put(cart, data, goods, data.mode), [data.variant_id], 201
    )


@post("/api/v1/cart/lines", access=ANYONE)
async def add_lines(
    request: Request[Any, Any, Any],
    data: JSONBody[Additions],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    """Several at once, as when an order is repeated. What cannot be put into the cart is named, line by line."""
    visitor = Visitor(request, principal, running)
    return await _changed(
        db,
        store,
        visitor,
        lambda cart, goods: model.filled(cart, data.lines, goods, data.mode),
        [line.variant_id for line in data.lines],
        201,
    )


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
    visitor = Visitor(request, principal, running)
    wanted = Wanted(variant_id=variant_id, quantity=data.quantity)
    return await _changed(db, store, visitor, lambda cart, goods: model.put(cart, wanted, goods, "set"), [variant_id])


@delete("/api/v1/cart/items/{variant_id:uuid}", access=ANYONE, status_code=200)
async def remove_item(
    request: Request[Any, Any, Any],
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    visitor = Visitor(request, principal, running)
    return await _changed(db, store, visitor, lambda cart, _: model.without(cart, variant_id))


@put("/api/v1/cart/selection", access=ANYONE)
async def select(
    request: Request[Any, Any, Any],
    data: JSONBody[Selection],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    """These lines, and no others, are to be checked out. What is put into the cart is selected at first."""
    visitor = Visitor(request, principal, running)
    return await _changed(db, store, visitor, lambda cart, _: model.selected(cart, data.variant_ids))


@post("/api/v1/cart/acknowledge", access=ANYONE, status_code=200)
async def acknowledge(
    request: Request[Any, Any, Any],
    data: JSONBody[Acknowledgement],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[CartView]:
    """What has changed about the lines counts as seen from now on."""
    visitor = Visitor(request, principal, running)
    return await _changed(db, store, visitor, lambda cart, goods: model.acknowledged(cart, goods, data.variant_ids))


@get("/internal/v1/carts/{cart_id:uuid}", access=PEERS, include_in_schema=False)
async def cart_lines(
    cart_id: FromPath[UUID],
    db: NamedDependency[Database],
    store_id: FromQuery[UUID],
    user_id: FromQuery[UUID | None] = None,
) -> PeerCart:
    """As this user may see it; empty where it is another's."""
    owner = Owner.named(cart_id, user_id)
    cart = (await keeping_for(db.settings).look(db, store_id, owner))[0] if owner else None
    if cart is None or cart.id != cart_id:
        return PeerCart(lines=[], version=0, user_id=None)
    lines = [
        PeerLine(variant_id=line.variant_id, quantity=line.quantity, selected=line.selected) for line in cart.lines
    ]
    return PeerCart(lines=lines, version=cart.version, user_id=cart.user_id)


routes = [get_cart, clear_cart, add_item, add_lines, set_item, remove_item, select, acknowledge, cart_lines]
