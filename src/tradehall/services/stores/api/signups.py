"""Signing up for a store: a name, a plan, a proven address, a payment; the store follows by events."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED
from msgspec import Meta

from tradehall.contracts.payments import PayersTurn
from tradehall.contracts.stores import InvoicePayerBack, PlatformMethod, SignupCodeIssued, SignupExpiryDue
from tradehall.contracts.values import Money
from tradehall.kernel.access import ANYONE
from tradehall.kernel.auth import same_secret
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import Invalid
from tradehall.kernel.idempotency import Key, Repeated, keep, once
from tradehall.kernel.ids import NO_STORE, uuid7
from tradehall.kernel.runtime import Running
from tradehall.kernel.sealing import seal
from tradehall.kernel.stores import url_of
from tradehall.services.stores import model, provisioning
from tradehall.services.stores import signups as rules
from tradehall.services.stores.api.plans import known_plan
from tradehall.services.stores.api.shapes import Name, PlanCode, Slug
from tradehall.services.stores.billing import Means
from tradehall.services.stores.bills import Terms, asked
from tradehall.services.stores.plans import Months, check_total
from tradehall.services.stores.queries import signups, terms
from tradehall.services.stores.signups import Signup, SignupOver, SignupStatus, UnknownSignup

Token = Annotated[
    str, Meta(max_length=100, pattern=r"^tok_[A-Za-z0-9_]+$(?!\n)", description="a provider's token, tok_…")
]
Code = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="the six digits of a mail")]


class PlanPayment(msgspec.Struct, frozen=True, kw_only=True):
    """`token` of a card; for any other way there is none: one pays on a page, or by a slip."""

    method: PlatformMethod
    token: Token | None = None

    def means(self, platform: Terms, currency: str) -> Means:
        """Raises Invalid."""
        platform.check(self.method, currency)
        if (self.token is None) == (self.method == "card-simulated"):
            raise Invalid.field("payment.token", "is needed for a card, and for nothing else")
        return Means(self.method, self.token)


class NewSignup(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is the price the client saw for this plan and these months."""

    email: Email
    name: Name
    slug: Slug
    plan: PlanCode
    months: Months
    payment: PlanPayment
    total: Money


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    code: Code


class AnotherTry(msgspec.Struct, frozen=True, kw_only=True):
    payment: PlanPayment
    total: Money


class SignupView(msgspec.Struct, frozen=True, kw_only=True):
    """`token` opens it to whoever began it. `turn` is what has to be done to pay, where it is `waiting`. `url` is where the store
    is found, once it is there."""

    id: UUID
    token: str
    status: SignupStatus
    email: str
    name: str
    slug: str
    plan: str
    months: int
    total: Money
    tax: Money
    method: PlatformMethod
    turn: PayersTurn | None
    url: str | None
    expires_at: datetime


@post("/api/v1/platform/signups", access=ANYONE)
async def sign_up(
    request: Request[Any, Any, Any],
    data: JSONBody[NewSignup],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Response[bytes]:
    """Keeps the name for a day and mails a code to the address; nothing is charged before that is back.

    Needs an Idempotency-Key; a repeated one gets the first answer.
    """
    email = normal_email(data.email)
    model.check_slug(data.slug)
    key = await Key.of(request, f"signup {email}")

    async def work() -> bytes:
        async with db.transaction(NO_STORE) as tx:
            signup = await _begin(tx, data, email, running.settings.secret)
            body = msgspec.json.encode(_view(signup, running))
            if not (await keep(tx, [(NO_STORE, key, body)], status=201))[0]:
                raise Repeated()
        return body

    return await once(db, NO_STORE, key, work, status=201)


async def _begin(tx: Tx, data: NewSignup, email: str, secret: str) -> Signup:
    """Raises UnknownPlan, TotalChanged, CodeTooSoon, NameTaken."""
    plan = await known_plan(tx, data.plan, public_only=True)
    platform = await terms.platform(tx)
    bill = asked(plan.total(data.months), platform.tax)
    check_total(data.total, bill.amount, plan.currency)
    means = data.payment.means(platform, plan.currency)
    await signups.lock_address(tx, email)
    if (seconds := await signups.pause(tx, email)) is not None:
        raise rules.CodeTooSoon(seconds)
    now = datetime.now(UTC)
    signup = Signup(
        id=uuid7(),
        email=email,
        name=data.name,
        slug=data.slug,
        plan=plan.code,
        months=data.months,
        amount=bill.amount,
        currency=plan.currency,
        method=means.method,
        card=means.token,
        status="unproven",
        opens=uuid7(),
        invoice_id=uuid7(),
        attempt=0,
        created_at=now,
        expires_at=now + rules.RESERVED_FOR,
        tax=bill.tax,
        tax_rate=platform.tax.rate,
        tax_name=platform.tax.name,
        tax_included=platform.tax.included,
    )
    if not await signups.claim_name(tx, signup.slug, signup.opens, until=rules.RESERVED_FOR):
        raise model.NameTaken(f"The name {signup.slug} is taken already.")
    code = rules.new_code()
    expires_at = await signups.insert(tx, signup, rules.code_digest(secret, signup.id, code))
    _send(tx, signup, code, expires_at, secret)
    tx.emit(SignupExpiryDue(signup_id=signup.id), key=signup.id, at=signup.expires_at)
    return signup


@get("/api/v1/platform/signups/{signup_id:uuid}", access=ANYONE)
async def show_signup(
    signup_id: FromPath[UUID],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> SignupView:
    """`opened`: the store is there, and its admin is invited by mail."""
    _allow(signup_id, token, running)
    async with db.transaction(NO_STORE) as tx:
        return _view(_found(await signups.find(tx, signup_id)), running)


@post("/api/v1/platform/signups/{signup_id:uuid}/verify", access=ANYONE, status_code=HTTP_202_ACCEPTED)
async def verify(
    signup_id: FromPath[UUID],
    data: JSONBody[Proof],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> SignupView:
    """The code of the mail: valid for 15 minutes, and for 5 tries. The right one lets the charge begin."""
    _allow(signup_id, token, running)
    digest = rules.code_digest(running.settings.secret, signup_id, data.code)
    async with db.transaction(NO_STORE) as tx:
        signup = _found(await signups.lock(tx, signup_id))
        _unproven(signup)
        right = await signups.guess(tx, signup_id, digest)
        if right:
            signup = await provisioning.charge(tx, signup)
    if not right:
        raise rules.WrongCode()
    return _view(signup, running)


@post("/api/v1/platform/signups/{signup_id:uuid}/resend", access=ANYONE, status_code=HTTP_202_ACCEPTED)
async def resend(
    signup_id: FromPath[UUID],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> SignupView:
    """Another code in the place of the one before, once in 60 seconds."""
    _allow(signup_id, token, running)
    secret = running.settings.secret
    async with db.transaction(NO_STORE) as tx:
        signup = _found(await signups.lock(tx, signup_id))
        _unproven(signup)
        await signups.lock_address(tx, signup.email)
        if (seconds := await signups.pause(tx, signup.email)) is not None:
            raise rules.CodeTooSoon(seconds)
        code = rules.new_code()
        expires_at = await signups.new_code(tx, signup_id, rules.code_digest(secret, signup_id, code))
        _send(tx, signup, code, expires_at, secret)
    return _view(signup, running)


@post("/api/v1/platform/signups/{signup_id:uuid}/pay", access=ANYONE, status_code=HTTP_202_ACCEPTED)
async def pay(
    signup_id: FromPath[UUID],
    data: JSONBody[AnotherTry],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> SignupView:
    """Another card, after one was declined, or another way to pay than was chosen before, which is given up. Sent twice it is
    refused: a payment is under way then."""
    _allow(signup_id, token, running)
    async with db.transaction(NO_STORE) as tx:
        signup = _found(await signups.lock(tx, signup_id))
        rules.may_pay(signup, datetime.now(UTC))
        check_total(data.total, signup.amount, signup.currency)
        means = data.payment.means(await terms.platform(tx), signup.currency)
        given = msgspec.structs.replace(signup, method=means.method, card=means.token)
        signup = await provisioning.charge(tx, given)
    return _view(signup, running)


@post("/api/v1/platform/signups/{signup_id:uuid}/back", access=ANYONE, status_code=HTTP_202_ACCEPTED)
async def come_back(
    signup_id: FromPath[UUID],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    token: FromQuery[str | None] = None,
) -> SignupView:
    """From the page they were led to: the provider is asked at once."""
    _allow(signup_id, token, running)
    async with db.transaction(NO_STORE) as tx:
        signup = _found(await signups.find(tx, signup_id))
        if signup.status == "waiting":
            tx.emit(InvoicePayerBack(invoice_id=signup.invoice_id), key=signup.invoice_id)
    return _view(signup, running)


def _allow(signup_id: UUID, token: str | None, running: Running) -> None:
    if not same_secret(token, rules.link_token(running.settings.secret, signup_id)):
        raise UnknownSignup()


def _found(signup: Signup | None) -> Signup:
    if signup is None:
        raise UnknownSignup()
    return signup


def _unproven(signup: Signup) -> None:
    if signup.status != "unproven" or datetime.now(UTC) >= signup.expires_at:
        raise SignupOver(f"This signup is {signup.status}.")


def _send(tx: Tx, signup: Signup, code: str, expires_at: datetime, secret: str) -> None:
    code_id = uuid7()
    issued = SignupCodeIssued(
        code_id=code_id,
        signup_id=signup.id,
        email=signup.email,
        code=seal(secret, code, about=str(code_id)),
        expires_at=expires_at,
    )
    tx.emit(issued, key=signup.id)


def _view(signup: Signup, running: Running) -> SignupView:
    settings = running.settings
    host = f"{signup.slug}.{settings.platform_domain}"
    return SignupView(
        id=signup.id,
        token=rules.link_token(settings.secret, signup.id),
        status=signup.status,
        email=signup.email,
        name=signup.name,
        slug=signup.slug,
        plan=signup.plan,
        months=signup.months,
        total=Money(signup.amount, signup.currency),
        tax=Money(signup.tax, signup.currency),
        method=signup.method,
        turn=signup.turn,
        url=url_of(host, settings.port) if signup.status == "opened" else None,
        expires_at=signup.expires_at,
    )


routes = [sign_up, show_signup, verify, resend, pay, come_back]
