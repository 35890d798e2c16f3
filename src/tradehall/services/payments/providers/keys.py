"""What a store's account at a provider is opened with, and how it is entered: a key that is left out stays as it is."""

from typing import Annotated, ClassVar, Literal

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


XenditKey = Annotated[
    str, Meta(pattern=r"^xnd_(development|production)_[A-Za-z0-9_\-]{8,240}$(?!\n)", description="a key, xnd_…")
]
CallbackToken = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_\-]{16,240}$(?!\n)", description="a token of letters, digits, - and _")
]
Bank = Literal["BCA", "BJB", "BNI", "BRI", "BSI", "CIMB", "MANDIRI", "PERMATA"]


class XenditKeys(Keys, frozen=True, kw_only=True):
    """A secret key, the token that comes with each webhook, and the bank whose virtual accounts are opened."""

    OPEN = frozenset({"bank"})

    secret_key: XenditKey
    callback_token: CallbackToken
    bank: Bank


class XenditAccount(NewAccount, frozen=True, kw_only=True, tag="xendit"):
    """All ways to pay there take the money at once."""

    secret_key: XenditKey | None = None
    callback_token: CallbackToken | None = None
    bank: Bank | None = None
    capture: Literal["at_once"] = "at_once"


ServerKey = Annotated[
    str, Meta(pattern=r"^(SB-)?Mid-server-[A-Za-z0-9_\-]{8,240}$(?!\n)", description="a server key, Mid-server-…")
]
Environment = Literal["sandbox", "production"]


class MidtransKeys(Keys, frozen=True, kw_only=True):
    """The server key, and which of the two Midtrans it is for: newer keys do not say."""

    OPEN = frozenset({"environment"})

    server_key: ServerKey
    environment: Environment


class MidtransAccount(NewAccount, frozen=True, kw_only=True, tag="midtrans"):
    server_key: ServerKey | None = None
    environment: Environment | None = None


PayPalName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{10,200}$(?!\n)", description="letters, digits, _ and -, ten at least")
]


class PayPalKeys(Keys, frozen=True, kw_only=True):
    """Of a REST app, and the id of its webhook."""

    OPEN: ClassVar[frozenset[str]] = frozenset({"environment"})

    client_id: PayPalName
    client_secret: PayPalName
    webhook_id: PayPalName
    environment: Literal["live", "sandbox"]


class PayPalAccount(NewAccount, frozen=True, kw_only=True, tag="paypal"):
    client_id: PayPalName | None = None
    client_secret: PayPalName | None = None
    webhook_id: PayPalName | None = None
    environment: Literal["live", "sandbox"] | None = None


PagarmeKey = Annotated[
    str, Meta(pattern=r"^sk_(test_|live_)?[A-Za-z0-9]{8,200}$(?!\n)", description="a secret key, sk_…")
]
WebhookUser = Annotated[
    str, Meta(pattern=r"^[!-9;-~]{1,100}$(?!\n)", description="a user name without spaces or colon")
]
WebhookPassword = Annotated[
    str, Meta(pattern=r"^[!-~]{12,200}$(?!\n)", description="a password of 12 characters at least, without spaces")
]


class PagarmeKeys(Keys, frozen=True, kw_only=True):
    """A secret key, and what the webhook authenticates with."""

    OPEN: ClassVar[frozenset[str]] = frozenset({"webhook_user"})

    secret_key: PagarmeKey
    webhook_user: WebhookUser
    webhook_password: WebhookPassword


class PagarmeAccount(NewAccount, frozen=True, kw_only=True, tag="pagarme"):
    secret_key: PagarmeKey | None = None
    webhook_user: WebhookUser | None = None
    webhook_password: WebhookPassword | None = None


AnyAccount = StripeAccount | PayPalAccount | PagarmeAccount | XenditAccount | MidtransAccount


def shown(keys: Keys) -> dict[str, str]:
    """Of a secret the beginning says which kind it is, the end which one."""
    return {
        name: value if name in keys.OPEN else f"{value[: value[:6].find('_') + 1]}…{value[-4:]}"
        for name, value in msgspec.structs.asdict(keys).items()
    }
