"""The second factor: codes of an authenticator (RFC 6238), each good once, and recovery codes for when it is lost."""

from uuid import UUID

import pyotp

from tradehall.kernel.db import Tx
from tradehall.kernel.sealing import seal, unseal
from tradehall.services.identity import model
from tradehall.services.identity.queries import totp


async def propose(tx: Tx, secret: str, user_id: UUID) -> str:
    """A new secret for the authenticator, in base 32. Raises SecondFactorOn where one is in use."""
    fresh = pyotp.random_base32()
    if not await totp.propose(tx, user_id, seal(secret, fresh, about=f"totp {user_id}")):
        raise model.SecondFactorOn()
    return fresh


async def confirm(tx: Tx, secret: str, user_id: UUID, code: str) -> list[str] | None:
    """Turns it on for who can show a code of it; the recovery codes, in plain for this once. None for a wrong code."""
    sealed = await totp.secret(tx, user_id, confirmed=False)
    step = model.matching_step(_open(secret, user_id, sealed), code) if sealed else None
    if step is None:
        return None
    await totp.confirm(tx, user_id, step)
    return await new_recovery_codes(tx, secret, user_id)


async def new_recovery_codes(tx: Tx, secret: str, user_id: UUID) -> list[str]:
    """In the place of those before."""
    codes = [model.new_recovery_code() for _ in range(model.RECOVERY_CODES)]
    await totp.replace_recovery_codes(tx, user_id, [model.recovery_digest(secret, user_id, code) for code in codes])
    return codes


async def proves(tx: Tx, secret: str, user_id: UUID, code: str) -> bool:
    """Uses the code up, if the transaction commits."""
    if not code.isdigit():
        return await totp.use_recovery_code(tx, user_id, model.recovery_digest(secret, user_id, code))
    sealed = await totp.secret(tx, user_id, confirmed=True)
    step = model.matching_step(_open(secret, user_id, sealed), code) if sealed else None
    return step is not None and await totp.use_step(tx, user_id, step)


def _open(secret: str, user_id: UUID, sealed: str) -> str:
    return unseal(secret, sealed, about=f"totp {user_id}")
