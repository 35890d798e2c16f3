"""Placing an order."""

from contextvars import Context, copy_context
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from tradehall.contracts.orders import (
    CreatedItem,
    OrderCreated,
    OrderExpiryDue,
    OrderPlaced,
    PaymentChoice,
)
from tradehall.contracts.shipping import PickupPoint
from tradehall.contracts.stores import AS_IT_IS, PaymentTerms, Store
from tradehall.contracts.values import Address, Line, Money, ShortText, now, to_decimal
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import Busy, FieldError, Invalid, NotFound, Refusal, Unauthorized
from tradehall.kernel.idempotency import Key, Repeated, answer_before, keep, once
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.kernel.together import together
from tradehall.services.orders import model, queries
from tradehall.services.orders.model import Order, Parcel, Wanted
from tradehall.services.orders.queries import NOTHING, Offer
from tradehall.services.orders.views import view_of

# A proof that payments took in the last moment reaches orders first.
ON_ITS_WAY = timedelta(seconds=1)
# Twelve digits in a row may be a card's number, also behind a prefix.
Token = Annotated[
    str,
    Meta(
        max_length=100,
        pattern=r"^(tok|pm|token)_(?!.*[0-9]{12})[A-Za-z0-9_]+$(?!\n)",
        description="what stands for a card: tok_, pm_ or token_ and letters, digits, underscores",
    ),
]

TOKENS = {"card-simulated": "tok_", "stripe": "pm_", "pagarme-card": "token_"}
NAMES_ITS_BUYER = frozenset(
    {"pagarme-card", "pagarme-pix", "pagarme-boleto"}
)  # to the provider, with tax id and telephone


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """`token` stands for a card, `tok_…` for the simulated one, `pm_…` for one that Stripe keeps, `token_…` for pagar.me's; never
    a card number. `tax_id` is the buyer's CPF or CNPJ, which the methods of pagar.me need."""

    method: Annotated[str, Meta(max_length=40)]
    token: Token | None = None
    instalments: Annotated[int, Meta(ge=1, le=24)] = 1
    tax_id: Annotated[str, Meta(max_length=20)] | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`lines`, with `cart_version` where they are some of `cart_id`; or `cart_id` alone, whose selected lines are then
    taken, or with `cart_lines`, those. `expected_total` is the total the buyer saw. Without `email`, mail goes to the
    account's address."""

    lines: Annotated[list[Wanted], Meta(max_length=200)] = msgspec.field(default_factory=list)
    cart_id: UUID | None = None
    cart_lines: Annotated[list[UUID], Meta(min_length=1, max_length=200)] | None = None
    cart_version: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    email: Email | None = None
    name: ShortText | None = None
    address: Address
    shipping: Annotated[str, Meta(min_length=1, max_length=60)]
    payment: Payment
    expected_total: Money


class CartLine(Wanted, frozen=True, kw_only=True):
    selected: bool = True


class CartLines(msgspec.Struct, frozen=True, kw_only=True):
    lines: list[CartLine]
    version: int
    user_id: UUID | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A request to place an order, with all it takes to place it. `context` is the request's, for its trace."""

    key: Key
    data: NewOrder
    lines: list[Wanted]
    cart_version: int | None
    store: Store
    customer_id: UUID | None
    seller_id: UUID | None
    secret: str
    context: Context


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    draft: Draft
    order: Order
    lines: list[Line]
    parcels: list[Parcel]
    link: str
    answer: bytes
    pickup: PickupPoint | None


@post("/api/v1/orders", access=ANYONE)
async def create_order(
    request: Request[Any, Any, Any],
    data: JSONBody[NewOrder],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[Any]:
    """The order exists as PENDING before any charge. Needs an Idempotency-Key; a repeated one gets the first answer."""
    _check_checkout(data, store, principal)
    key = await Key.of(request, str(principal.user_id) if principal else "guest")
    wanted, cart_version = data.lines, data.cart_version
    if not wanted:  # the cart of an order that was made is empty by now
        if (earlier := await answer_before(db, store.id, key)) is not None:
            return earlier
        cart = await _cart_lines(data, store, principal, running)
        wanted, cart_version = _chosen(cart, data.cart_lines), cart.version
    draft = Draft(
        key=key,
        data=data,
        lines=wanted,
        cart_version=cart_version if data.cart_id else None,
        store=store,
        customer_id=principal.user_id if principal else None,
        seller_id=principal.seller_id if principal else None,
        secret=running.settings.secret,
        context=copy_context(),
    )
    return await once(db, store.id, key, lambda: together(db, store.id, draft, _place, across=True), status=201)


async def _place(drafts: list[Draft], tx: Tx) -> list[bytes | Exception]:
    """Raises CartAlreadyOrdered, or Busy where an order's number was taken.

    The drafts may be of several stores. What a buyer names is looked for in the buyer's store alone.
    """
    offers = await queries.offers(tx, list({line.variant_id for draft in drafts for line in draft.lines}))
    accounts = await queries.emails(tx, [d.customer_id for d in drafts if d.customer_id and d.data.email is None])
    outcomes = [_priced(draft, offers.get(draft.store.id, NOTHING), accounts) for draft in drafts]
    ready = [outcome for outcome in outcomes if isinstance(outcome, Placed)]
    kept = await keep(tx, [(placed.draft.store.id, placed.draft.key, placed.answer) for placed in ready], status=201)
    new = [placed for placed, first in zip(ready, kept, strict=True) if first]
    await _insert(tx, new)
    for placed in new:
        placed.draft.context.run(_tell, tx, placed)
    done = {id(placed) for placed in new}
    return [
        outcome if isinstance(outcome, Refusal) else outcome.answer if id(outcome) in done else Repeated()
        for outcome in outcomes
    ]


def _priced(draft: Draft, offer: Offer, accounts: dict[tuple[UUID, UUID], str]) -> Placed | Refusal:
    """As the server prices it, or why it cannot be placed."""
    data, store = draft.data, draft.store
    try:
        lines = model.price_lines(draft.lines, offer.variants, store.currency, seller_id=draft.seller_id)
        rate, shipping = model.shipping_rate(offer.rates, data.shipping, lines, data.address)
        order = _order(draft, lines, shipping, _email(draft, accounts))
        _check_total(order, data.expected_total, lines)
        lines = model.adjusted(lines, order.interest - order.discount, order.currency)
    except Refusal as refusal:
        return refusal
    link = model.link_token(draft.secret, store.id, order.id)
    parcels = [Parcel(id=uuid7(), seller_id=seller_id) for seller_id in dict.fromkeys(x.seller_id for x in lines)]
    answer = msgspec.json.encode(view_of(order, lines, parcels, store.order_profile, buyer=True, link=link))
    return Placed(draft=draft, order=order, lines=lines, parcels=parcels, link=link, answer=answer, pickup=rate.pickup)


async def _insert(tx: Tx, new: list[Placed]) -> None:
    try:
        await queries.insert(tx, [(p.draft.store.id, p.order, p.lines, p.parcels) for p in new])
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "one_order_per_cart_version":
            raise model.CartAlreadyOrdered("Change the cart, or follow the order you have.") from None
        if error.constraint_name == "orders_number_key":  # one in a billion
            raise Busy() from None
        raise


def _check_checkout(data: NewOrder, store: Store, principal: Principal | None) -> None:
    if store.checkout_mode == "account" and principal is None:
        raise Unauthorized("This store sells to signed-in customers.")
    if store.checkout_mode == "guest" and principal is not None and principal.has("shopper"):
        raise model.CheckoutNotAllowed("This store has no customer accounts.")
    errors = []
    if not data.lines and data.cart_id is None:
        errors.append(FieldError("lines", "must have at least one line, or give a cart_id"))
    if data.lines and data.cart_id is not None and data.cart_version is None:
        errors.append(FieldError("cart_version", "is required with the lines of a cart"))
    if data.cart_lines is not None and (data.cart_id is None or data.lines):
        errors.append(FieldError("cart_lines", "goes with a cart_id, and without lines"))
    if data.email is None and principal is None:
        errors.append(FieldError("email", "is required"))
    if data.payment.method not in (offered := store.offered_methods):
        rule = f"must be one of {', '.join(offered)}" if offered else "must wait: the store cannot take money yet"
        errors.append(FieldError("payment.method", rule))
    if data.payment.method == "card-simulated" and data.payment.token is None:
        errors.append(FieldError("payment.token", "is required for a card"))
    elif data.payment.token is not None and data.payment.method in offered:
        prefix = TOKENS.get(data.payment.method)
        if prefix is None or not data.payment.token.startswith(prefix):
            what = f"must begin with {prefix}" if prefix else "does not go with this method"
            errors.append(FieldError("payment.token", what))
    if data.payment.instalments > 1 and data.payment.instalments > _terms(store, data).instalments:
        errors.append(FieldError("payment.instalments", "are more than the store offers"))
    if data.payment.method in NAMES_ITS_BUYER:
        if not data.payment.tax_id or not model.tax_id(data.payment.tax_id):
            errors.append(FieldError("payment.tax_id", "must be a CPF or CNPJ"))
        if sum(character.isdigit() for character in data.address.phone) < 10:
            errors.append(FieldError("address.phone", "is required, with its area code"))
    if data.expected_total.currency != store.currency:
        errors.append(FieldError("expected_total.currency", f"must be {store.currency}"))
    if errors:
        raise Invalid("Some fields are not right.", errors=errors)


def _terms(store: Store, data: NewOrder) -> PaymentTerms:
    method: Any = data.payment.method
    return store.payment_terms.get(method, AS_IT_IS)


async def _cart_lines(data: NewOrder, store: Store, principal: Principal | None, running: Running) -> CartLines:
    """Asked before anything is written; a client that sends its lines spares this question."""
    asked = {"store_id": str(store.id)} | ({"user_id": str(principal.user_id)} if principal else {})
    try:
        cart = await running.peers.ask("carts", f"/internal/v1/carts/{data.cart_id}", CartLines, **asked)
    except NotFound:
        raise Invalid.field("cart_id", "is not your cart") from None
    if cart.user_id is not None and (principal is None or principal.user_id != cart.user_id):
        raise Invalid.field("cart_id", "is not your cart")
    if not cart.lines:
        raise Invalid.field("cart_id", "is an empty cart, or not yours")
    return cart


def _chosen(cart: CartLines, variant_ids: list[UUID] | None) -> list[Wanted]:
    """Raises Invalid naming each that is not in the cart."""
    lines: dict[UUID, Wanted] = {line.variant_id: line for line in cart.lines}
    if variant_ids is None:
        selected: list[Wanted] = [line for line in cart.lines if line.selected]
        if not selected:
            raise Invalid.field("cart_id", "has no line selected")
        return selected
    errors = [
        FieldError(f"cart_lines[{i}]", "is not in the cart") for i, id in enumerate(variant_ids) if id not in lines
    ]
    if errors:
        raise Invalid("Some lines are not in the cart.", errors=errors)
    return [lines[id] for id in dict.fromkeys(variant_ids)]


def _email(draft: Draft, accounts: dict[tuple[UUID, UUID], str]) -> str:
    """The one given, else the account's."""
    if draft.data.email is not None:
        return normal_email(draft.data.email)
    email = accounts.get((draft.store.id, draft.customer_id)) if draft.customer_id else None
    if email is None:  # an operator, who is at home in no store, or an account made this very moment
        raise Invalid.field("email", "is required")
    return email


def _order(draft: Draft, lines: list[Line], shipping: int, email: str) -> Order:
    data, store = draft.data, draft.store
    subtotal = sum(line.line_total for line in lines)
    choices = _terms(store, data).choices(subtotal, shipping, store.currency)
    priced = next((one for one in choices if one.instalments == data.payment.instalments), None)
    if priced is None:
        raise Invalid.field("payment.instalments", "are too small: choose fewer")
    created = now()
    return Order(
        id=uuid7(),
        number=store.order_number_prefix + model.number(),
        customer_id=draft.customer_id,
        email=email,
        name=data.name or data.address.name,
        status="PENDING",
        currency=store.currency,
        subtotal=subtotal,
        shipping_code=data.shipping,
        shipping_price=shipping,
        discount=priced.discount,
        interest=priced.interest,
        instalments=priced.instalments,
        total=priced.total,
        address=data.address,
        payment_method=data.payment.method,
        cart_id=data.cart_id,
        cart_version=draft.cart_version,
        expires_at=created + timedelta(seconds=store.holds_for(data.payment.method)),
        created_at=created,
    )


def _check_total(order: Order, expected: Money, lines: list[Line]) -> None:
    if expected.amount == order.total:
        return
    raise model.TotalChanged(
        "Look at the new total and order again.",
        total=Money(order.total, order.currency),
        shipping=Money(order.shipping_price, order.currency),
        discount=Money(order.discount, order.currency),
        interest=Money(order.interest, order.currency),
        lines=[{"variant_id": x.variant_id, "unit_price": Money(x.unit_price, order.currency)} for x in lines],
    )


def _tell(tx: Tx, placed: Placed) -> None:
    order, lines, payment = placed.order, placed.lines, placed.draft.data.payment
    store_id = placed.draft.store.id
    tx.emit(
        OrderPlaced(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            email=order.email,
            name=order.name,
            locale=placed.draft.store.locale,
            currency=order.currency,
            lines=lines,
            subtotal=order.subtotal,
            shipping_code=order.shipping_code,
            shipping_price=order.shipping_price,
            discount=order.discount,
            interest=order.interest,
            total=order.total,
            address=order.address,
            payment=PaymentChoice(
                method=payment.method,
                token=payment.token,
                instalments=payment.instalments,
                tax_id=model.tax_id(payment.tax_id or "") if payment.method in NAMES_ITS_BUYER else None,
            ),
            expires_at=order.expires_at,
            link=placed.link,
            cart_id=order.cart_id,
            pickup=placed.pickup,
        ),
        key=order.id,
        store_id=store_id,
    )
    items = [
        CreatedItem(product_id=x.product_id, quantity=x.quantity, price=to_decimal(x.unit_price, order.currency))
        for x in lines
    ]
    tx.emit(
        OrderCreated(
            order_id=order.id,
            customer_id=order.customer_id or order.id,
            items=items,
            total_price=to_decimal(order.total, order.currency),
        ),
        key=order.id,
        store_id=store_id,
    )
    due = order.expires_at + ON_ITS_WAY
    tx.emit(OrderExpiryDue(order_id=order.id), key=order.id, at=due, store_id=store_id)


routes = [create_order]
