"""Invitations to a store's staff: a link that works once, mailed to the address it is for."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.contracts.identity import StaffInvited, StaffRole
from tradehall.contracts.stores import Store
from tradehall.kernel.db import Tx
from tradehall.kernel.ids import uuid7
from tradehall.kernel.sealing import seal
from tradehall.services.identity import model
from tradehall.services.identity.model import Invitation
from tradehall.services.identity.queries import staff


async def invite(
    tx: Tx, store: Store, secret: str, email: str, roles: Sequence[StaffRole], *, by: UUID | None
) -> tuple[Invitation, str]:
    """The invitation and its token. Another one to the same address takes the place of the first, whose link is dead then."""
    token, id = model.new_invitation_token(), uuid7()
    made = await staff.invite(tx, id, email, roles, model.digest(token), by=by)
    invited = StaffInvited(
        invitation_id=id,
        email=email,
        roles=list(roles),
        token=seal(secret, token, about=str(id)),
        locale=store.locale,
        expires_at=made.expires_at,
    )
    tx.emit(invited, key=id)
    return made, token
