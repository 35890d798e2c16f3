"""Signing in with another issuer (OpenID Connect), such as Google: `issuer` https://accounts.google.com."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta

from tradehall.contracts.identity import UserCreated, UserLoggedIn
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.emails import normal_email
from tradehall.kernel.errors import Invalid, NotFound
from tradehall.kernel.runtime import Running
from tradehall.kernel.sealing import seal, unseal
from tradehall.kernel.stores import base_url
from tradehall.services.identity import model, oidc, queries, sessions
from tradehall.services.identity.api.signing_in import NOT_KEPT, prove_second_factor
from tradehall.services.identity.model import Account, Issuer, SecondFactor, SignIn
from tradehall.services.identity.oidc import Vouched
from tradehall.services.identity.queries import issuers
from tradehall.services.identity.sessions import Device, Tokens

LIFE = timedelta(minutes=10)  # of a sign-in under way
BACK = "/login/back"  # the page that issuers send the browser to

CODE = "^[a-z][a-z0-9-]{0,40}$(?!\n)"
PathCode = Annotated[str, PathParameter(pattern=CODE)]
Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class IssuerData(msgspec.Struct, frozen=True, kw_only=True):
    """`issuer` is its URL, as its tokens name it. Without `client_secret` the one before stays."""

    name: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]*$")]
    issuer: Annotated[
        str, Meta(min_length=8, max_length=500, pattern=r"^https?://[^\s\x00]+$(?!\n)", description="a URL")
    ]
    client_id: Text
    client_secret: Text | None = None


class IssuerView(msgspec.Struct, frozen=True, kw_only=True):
    """`redirect_uri` is what is to be registered with the issuer."""

    code: str
    name: str
    issuer: str
    client_id: str
    redirect_uri: str


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """`cart_id` names the guest cart to be merged into the account's."""

    cart_id: UUID | None = None


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """Send the browser to `url`. Keep `state` where only this browser has it: it comes back with the same one."""

    url: str
    state: str


class Finish(msgspec.Struct, frozen=True, kw_only=True):
    """`state` and `code` as the browser brought them back. After a `second-factor-needed`: `state` and `second_factor`."""

    state: Text
    code: Annotated[str, Meta(min_length=1, max_length=4000)] | None = None
    second_factor: SecondFactor | None = None


@get("/api/v1/auth/issuers", access=ANYONE)
async def list_issuers(store: NamedDependency[Store], db: NamedDependency[Database]) -> list[Offered]:
    """For the buttons of a log-in page."""
    async with db.transaction(store.id) as tx:
        return [Offered(code=issuer.code, name=issuer.name) for issuer in await issuers.listed(tx)]


@get("/api/v1/auth/issuers/{code:str}", access=STORE_ADMIN)
async def show_issuer(
    code: PathCode, store: NamedDependency[Store], db: NamedDependency[Database], running: NamedDependency[Running]
) -> IssuerView:
    async with db.transaction(store.id) as tx:
        return _view(await _issuer(tx, code), _redirect_uri(store, running))


@put("/api/v1/auth/issuers/{code:str}", access=STORE_ADMIN)
async def save_issuer(
    code: PathCode,
    data: JSONBody[IssuerData],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> IssuerView:
    """The issuer is asked to describe itself before anything is kept."""
    await oidc.discover(data.issuer, running.settings)
    async with db.transaction(store.id) as tx:
        before = await issuers.find(tx, code)
        if data.client_secret is not None:
            sealed = seal(running.settings.secret, data.client_secret, about=_about(store, code))
        elif before is not None and before.issuer == data.issuer:
            sealed = before.client_secret
        else:
            raise Invalid.field("client_secret", "is needed for another issuer")
        saved = Issuer(
            code=code, name=data.name.strip(), issuer=data.issuer, client_id=data.client_id, client_secret=sealed
        )
        await issuers.save(tx, saved)
    return _view(saved, _redirect_uri(store, running))


@delete("/api/v1/auth/issuers/{code:str}", access=STORE_ADMIN)
async def delete_issuer(code: PathCode, store: NamedDependency[Store], db: NamedDependency[Database]) -> None:
    """Who signed in with it can ask for a password by mail."""
    async with db.transaction(store.id) as tx:
        if not await issuers.delete(tx, code):
            raise NotFound("There is no such issuer.")


@post("/api/v1/auth/issuers/{code:str}/start", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def start(
    code: PathCode,
    data: JSONBody[Start],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Started:
    async with db.transaction(store.id) as tx:
        issuer = await _issuer(tx, code)
    about = await oidc.discover(issuer.issuer, running.settings)
    state, nonce, verifier = oidc.challenge()
    async with db.transaction(store.id) as tx:
        under_way = SignIn(code=code, nonce=nonce, verifier=verifier, cart_id=data.cart_id)
        await issuers.begin(tx, model.digest(state), under_way, LIFE)
    return Started(url=oidc.address(about, issuer, _redirect_uri(store, running), state, nonce, verifier), state=state)


@post("/api/v1/auth/issuers/finish", access=ANYONE, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def finish(
    request: Request[Any, Any, Any],
    data: JSONBody[Finish],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Tokens:
    """Signs in whom the issuer vouches for. An e-mail address that it has verified finds, or makes, the account."""
    state = model.digest(data.state)
    if data.code is not None:
        sign_in, account = await _vouched_for(data.code, state, store, db, running)
    else:
        async with db.transaction(store.id) as tx:
            waiting = await issuers.waiting(tx, state, LIFE)
            found = await queries.account(tx, waiting.user_id) if waiting and waiting.user_id else None
        if waiting is None or found is None:
            raise model.SignInOver()
        sign_in, account = waiting, found
    if account.totp:
        await prove_second_factor(db, running, store.id, account, data.second_factor)
    async with db.transaction(store.id) as tx:
        if data.code is None and not await issuers.finish(tx, state):
            raise model.SignInOver()
        tokens = await sessions.begin(tx, running, store.id, account, Device.of(request))
        tx.emit(UserLoggedIn(user_id=account.id, cart_id=sign_in.cart_id), key=account.id)
    return tokens


async def _vouched_for(code: str, state: bytes, store: Store, db: Database, running: Running) -> tuple[SignIn, Account]:
    """Who has a second factor is kept waiting for it under the same state."""
    async with db.transaction(store.id) as tx:
        sign_in = await issuers.take(tx, state, LIFE)
        issuer = await _issuer(tx, sign_in.code) if sign_in else None
    if sign_in is None or issuer is None:
        raise model.SignInOver()
    about = await oidc.discover(issuer.issuer, running.settings)
    secret = unseal(running.settings.secret, issuer.client_secret, about=_about(store, issuer.code))
    vouched = await oidc.redeem(
        about,
        issuer,
        secret,
        _redirect_uri(store, running),
        code,
        sign_in.nonce,
        sign_in.verifier,
        running.settings,
    )
    async with db.transaction(store.id) as tx:
        account = await _account_of(tx, store, about.issuer, vouched)
        if account.totp:
            await issuers.begin(tx, state, msgspec.structs.replace(sign_in, user_id=account.id), LIFE)
    return sign_in, account


async def _account_of(tx: Tx, store: Store, issuer: str, vouched: Vouched) -> Account:
    """Raises NotVouchedFor, EmailTaken, NoAccounts."""
    known = await issuers.user_of(tx, issuer, vouched.subject)
    account = await queries.account(tx, known) if known else None
    if account is not None:
        return account
    if vouched.email is None or not vouched.email_verified:
        raise model.NotVouchedFor("The issuer has not verified your e-mail address.")
    email = normal_email(vouched.email)
    account = await queries.account_by_email(tx, email)
    if account is None:
        model.may_become_shopper(store)
        account = await _new_account(tx, email, vouched.name)
    elif not await issuers.is_verified(tx, account.id):
        # Whoever made it may not be the owner of the address, and would share the account from now on.
        raise model.EmailTaken("Log in with its password and confirm the address; then this way is open too.")
    await issuers.link(tx, issuer, vouched.subject, account.id)
    return account


async def _new_account(tx: Tx, email: str, name: str) -> Account:
    made = await queries.insert_user(
        tx, email=email, password_hash=None, name=name or email.partition("@")[0], roles=["shopper"]
    )
    account = await queries.account(tx, made.id) if made else None
    if account is None:
        raise model.EmailTaken("It was made a moment ago; try again.")
    await queries.verify_email(tx, account.id, email)
    tx.emit(UserCreated(user_id=account.id, email=email, name=account.name, roles=account.roles), key=account.id)
    return account


async def _issuer(tx: Tx, code: str) -> Issuer:
    found = await issuers.find(tx, code)
    if found is None:
        raise NotFound("There is no such issuer.")
    return found


def _redirect_uri(store: Store, running: Running) -> str:
    return base_url(store, running.settings.port) + BACK


def _about(store: Store, code: str) -> str:
    return f"issuer {store.id} {code}"


def _view(issuer: Issuer, redirect_uri: str) -> IssuerView:
    return IssuerView(
        code=issuer.code,
        name=issuer.name,
        issuer=issuer.issuer,
        client_id=issuer.client_id,
        redirect_uri=redirect_uri,
    )


routes = [list_issuers, show_issuer, save_issuer, delete_issuer, start, finish]
