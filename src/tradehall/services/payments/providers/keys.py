"""What a store's account at a provider is opened with, and how it is entered: a key that is left out stays as it is."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from tradehall.services.payments.model import Capture

SecretKey = Annotated[
    str, Meta(pattern=r"^(sk|rk)_(test|live)_[A-Za-z0-9_]{8,240}$(?!\n)", description="a key, sk_… or rk_…")
]
WebhookSecret = Annotated[
    str, Meta(pattern=r"^whsec_[A-Za-z0-9+/=]{8,240}$(?!\n)", description="a signing secret, whsec_…")
]


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """`OPEN` are those that are no secret, and are shown whole."""

    OPEN: ClassVar[frozenset[str]] = frozenset()


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, tag_field="provider"):
    """`capture` on shipment: the money is authorised when the order is made, and taken with its first parcel."""

    capture: Capture = "at_once"


class StripeKeys(Keys, frozen=True, kw_only=True):
    """A secret or restricted key, and the signing secret of the webhook endpoint."""

    secret_key: SecretKey
    webhook_secret: WebhookSecret


class StripeAccount(NewAccount, frozen=True, kw_only=True, tag="stripe"):
    secret_key: SecretKey | None = None
    webhook_secret: WebhookSecret | None = None


AnyAccount = StripeAccount


def shown(keys: Keys) -> dict[str, str]:
    """Of a secret the beginning says which kind it is, the end which one."""
    return {
        name: value if name in keys.OPEN else f"{value[: value[:6].find('_') + 1]}…{value[-4:]}"
        for name, value in msgspec.structs.asdict(keys).items()
    }
