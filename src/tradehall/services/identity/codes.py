"""Codes of six digits: made here, sent by notifications, kept only as a keyed digest.

A mail with a code says nothing that a user wrote, not even the name: anyone may have it sent to anybody's address.
"""

from uuid import UUID

from tradehall.contracts.identity import Purpose, UserCodeIssued
from tradehall.contracts.stores import Store
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import seal
from tradehall.services.identity import model
from tradehall.services.identity.model import User
from tradehall.services.identity.queries import codes as kept


async def issue(
    tx: Tx, store: Store, secret: str, purpose: Purpose, subject: bytes, user: User | None, to: str
) -> bool:
    """False where it is too soon for another. Where there is no user all is done alike, but nothing is sent."""
    code, code_id = model.new_code(), uuid7()
    digest = model.code_digest(secret, store.id, purpose, subject, code)
    expires_at = await kept.issue(tx, purpose, subject, address=to, digest=digest)
    if expires_at is None:
        return False
    if user is not None:
        issued = UserCodeIssued(
            code_id=code_id,
            user_id=user.id,
            email=to if purpose != "phone_verification" else user.email,
            phone=to if purpose == "phone_verification" else "",
            purpose=purpose,
            code=seal(secret, code, about=str(code_id)),
            locale=store.locale,
            expires_at=expires_at,
        )
        tx.emit(issued, key=user.id)
    return True


async def issue_or_wait(tx: Tx, store: Store, secret: str, purpose: Purpose, user: User, to: str) -> None:
    """For a user who is signed in. Raises CodeTooSoon."""
    subject = model.subject_of(user.id)
    if not await issue(tx, store, secret, purpose, subject, user, to):
        raise model.CodeTooSoon(await kept.pause(tx, purpose, subject))


async def proves(
    tx: Tx, home: UUID, secret: str, purpose: Purpose, subject: bytes, code: str, *, use: bool = True
) -> str | None:
    """The address that a right code was sent to. A wrong one counts, if the transaction commits."""
    digest = model.code_digest(secret, home, purpose, subject, code)
    return await kept.guess(tx, purpose, subject, digest, use=use)
