"""What a store sends by: its own account for SMS, or the platform's."""

from uuid import UUID

import msgspec

from tradehall.kernel.sealing import Sealed, seal, unseal
from tradehall.kernel.settings import Settings
from tradehall.services.notifications.channels.sms import SmsKeys
from tradehall.services.notifications.queries.wordings import SmsAccount


def sealed(settings: Settings, store_id: UUID, keys: SmsKeys) -> SmsAccount:
    kept = seal(settings.secret, keys.token, about=_about(store_id))
    return SmsAccount(account=keys.account, sender=keys.sender, keys=kept)


def keys_of(settings: Settings, store_id: UUID, own: SmsAccount | None) -> SmsKeys | None:
    """The store's own before the platform's. None where there is neither, or the store's does not open any more."""
    if own is None:
        return platform_keys(settings)
    try:
        token = unseal(settings.secret, own.keys, about=_about(store_id))
    except Sealed:
        return None
    return SmsKeys(account=own.account, token=token, sender=own.sender)


def platform_keys(settings: Settings) -> SmsKeys | None:
    if not (settings.sms_account and settings.sms_token and settings.sms_from):
        return None
    return SmsKeys(account=settings.sms_account, token=settings.sms_token, sender=settings.sms_from)


def tokens(settings: Settings, store_id: UUID, own: SmsAccount | None) -> list[str]:
    """With which what the provider tells may be signed: an account may have changed since."""
    return [keys.token for keys in (keys_of(settings, store_id, own), platform_keys(settings)) if keys]


def _about(store_id: UUID) -> str:
    return msgspec.json.encode(["sms", str(store_id)]).decode()
