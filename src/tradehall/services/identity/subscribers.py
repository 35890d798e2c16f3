"""A store that was just opened wants an admin."""

from tradehall.contracts.stores import StoreOpened
from tradehall.kernel.db import Tx
from tradehall.kernel.service import on
from tradehall.services.identity.invitations import invite


@on(StoreOpened)
async def invite_admin(event: StoreOpened, tx: Tx) -> None:
    """By a link in a mail that works once; nobody ever has a password that somebody else has made."""
    await invite(tx, event.store, tx.settings.secret, event.admin_email, ["store_admin"], by=None)
