"""What a store's account at a provider is opened with. `shown` of each may be seen by its admin."""

from typing import Annotated

import msgspec
from msgspec import Meta

SecretKey = Annotated[
    str, Meta(pattern=r"^(sk|rk)_(test|live)_[A-Za-z0-9_]{8,240}$(?!\n)", description="a key, sk_… or rk_…")
]
WebhookSecret = Annotated[
    str, Meta(pattern=r"^whsec_[A-Za-z0-9+/=]{8,240}$(?!\n)", description="a signing secret, whsec_…")
]


class StripeKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A secret or restricted key, and the signing secret of the webhook endpoint."""

    secret_key: SecretKey
    webhook_secret: WebhookSecret


def shown(keys: StripeKeys) -> dict[str, str]:
    """The beginning says which kind it is, the end which one."""
    return {
        name: f"{value[: value.find('_') + 1]}…{value[-4:]}" for name, value in msgspec.structs.asdict(keys).items()
    }
