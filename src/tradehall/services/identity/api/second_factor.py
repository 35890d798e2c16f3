"""The own second factor: an authenticator, and recovery codes."""

import msgspec
import pyotp
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from tradehall.contracts.stores import Store
from tradehall.kernel.access import SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.runtime import Running
from tradehall.services.identity import model, queries, second_factor
from tradehall.services.identity.api.emails import GivenCode
from tradehall.services.identity.api.passwords import proven_account
from tradehall.services.identity.api.profile import profile_of
from tradehall.services.identity.api.signing_in import NOT_KEPT, prove_second_factor
from tradehall.services.identity.model import PLATFORM, Account, Password, SecondFactor
from tradehall.services.identity.queries import totp


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`required`: by the store, of its staff."""

    on: bool
    required: bool
    recovery_codes_left: int


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """`current` is the password."""

    current: Password


class FullProof(Proof, frozen=True, kw_only=True):
    second_factor: SecondFactor


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """`uri` is what authenticators read as a QR code; `secret` is for typing it in."""

    secret: str
    uri: str


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once. Each signs in once in the place of a code of the authenticator."""

    recovery_codes: list[str]


@get("/api/v1/me/totp", access=SIGNED_IN)
async def show(
    store: NamedDependency[Store], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> State:
    home = model.home(caller.store_id)
    async with db.transaction(home) as tx:
        profile = await profile_of(tx, caller)
        left = await totp.recovery_codes_left(tx, caller.user_id)
    required = home != PLATFORM and store.require_totp and profile.is_staff
    return State(on=profile.totp, required=required, recovery_codes_left=left)


@post("/api/v1/me/totp", access=SIGNED_IN, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def propose(
    data: JSONBody[Proof],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Proposal:
    """A secret for an authenticator. It counts when a code of it has come back."""
    home = model.home(caller.store_id)
    account = await proven_account(db, running, home, caller, data.current)
    async with db.transaction(home) as tx:
        secret = await second_factor.propose(tx, running.settings.secret, account.id)
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=store.name)
    return Proposal(secret=secret, uri=uri)


@post("/api/v1/me/totp/confirm", access=SIGNED_IN, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def confirm(
    data: JSONBody[GivenCode],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> RecoveryCodes:
    """Turns it on."""
    async with db.transaction(model.home(caller.store_id)) as tx:
        codes = await second_factor.confirm(tx, running.settings.secret, caller.user_id, data.code)
    if codes is None:
        raise model.WrongCode()
    return RecoveryCodes(recovery_codes=codes)


@post("/api/v1/me/totp/recovery-codes", access=SIGNED_IN, status_code=HTTP_200_OK, response_headers=NOT_KEPT)
async def renew_recovery_codes(
    data: JSONBody[FullProof],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> RecoveryCodes:
    """New ones, in the place of those before."""
    account = await _fully_proven(data, caller, db, running)
    async with db.transaction(model.home(caller.store_id)) as tx:
        return RecoveryCodes(
            recovery_codes=await second_factor.new_recovery_codes(tx, running.settings.secret, account.id)
        )


@delete("/api/v1/me/totp", access=SIGNED_IN, status_code=HTTP_204_NO_CONTENT)
async def turn_off(
    data: JSONBody[FullProof],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    home = model.home(caller.store_id)
    account = await _fully_proven(data, caller, db, running)
    if home != PLATFORM and store.require_totp and account.is_staff:
        raise model.SecondFactorRequired()
    async with db.transaction(home) as tx:
        await totp.remove(tx, account.id)


async def _fully_proven(data: FullProof, caller: Principal, db: Database, running: Running) -> Account:
    """Raises what the proofs of password and second factor raise."""
    home = model.home(caller.store_id)
    account = await proven_account(db, running, home, caller, data.current)
    await prove_second_factor(db, running, home, account, data.second_factor)
    async with db.transaction(home) as tx:
        if (locked := await queries.forget_failures(tx, model.digest(account.email))) is not None:
            raise model.Locked(locked)
    return account


routes = [show, propose, confirm, renew_recovery_codes, turn_off]
