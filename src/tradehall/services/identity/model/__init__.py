"""Accounts, their home, and the rules of e-mail addresses, refresh tokens and locks."""

import hashlib
import hmac
import secrets
import time
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
import pyotp
from msgspec import Meta

from tradehall.contracts.identity import Purpose, StaffRole
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Address
from tradehall.kernel.auth import API_KEY, STAFF
from tradehall.kernel.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, TooMany, Unauthorized
from tradehall.kernel.ids import NO_STORE

# The scopes an API key may have, with `:read` or `:write` behind them. Accounts are people's own business.
SCOPED = (
    "analytics",
    "catalog",
    "inventory",
    "notifications",
    "orders",
    "payments",
    "reviews",
    "search",
    "shipping",
    "stores",
)

# The home of operators: a store that cannot exist. Everyone else's home is the store they registered at.
PLATFORM = NO_STORE

REFRESH_LIFE = timedelta(days=7)
FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)  # failures older than this no longer count
MOST_ADDRESSES = 50

CODE_LIFE: dict[Purpose, timedelta] = {
    "password_reset": timedelta(minutes=30),
    "email_verification": timedelta(minutes=15),
    "email_change": timedelta(minutes=15),
    "phone_verification": timedelta(minutes=15),
}
CODE_TRIES = 5
CODE_PAUSE = timedelta(seconds=60)  # between two codes for the same purpose
INVITATION_LIFE = timedelta(days=7)
RECOVERY_CODES = 10
MOST_KEYS = 50  # of a user
CODES_A_DAY = 20  # with 5 tries each, guessing all day long finds one code in ten thousand


def home(store_id: UUID | None) -> UUID:
    """Where the account of a token's holder is kept; operators' tokens name no store."""
    return PLATFORM if store_id is None else store_id


NewPassword = Annotated[str, Meta(min_length=8, max_length=128)]
Password = Annotated[str, Meta(min_length=1, max_length=128)]
Code = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="the six digits of a mail")]
SecondFactor = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{6}|[a-z2-7]{5}-?[a-z2-7]{5})$(?!\n)",
        description="six digits of the authenticator, or a recovery code",
    ),
]
Name = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"^ *[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$", description="one line")
]


class User(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    email: str
    name: str
    roles: list[str]
    seller_id: UUID | None = None
    totp: bool = False

    @property
    def is_staff(self) -> bool:
        return not STAFF.isdisjoint(self.roles)


class Account(User, frozen=True, kw_only=True):
    """`password_set_at` tells a login under way that the password it was shown is no longer the one.

    Without a hash there is no password: they sign in with another issuer, or ask for a new one.
    """

    password_hash: str | None
    password_set_at: datetime


class Profile(User, frozen=True, kw_only=True):
    created_at: datetime
    email_verified: bool
    new_email: str | None = None  # given, and not proven yet
    phone: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime


class KeptAddress(Address, frozen=True, kw_only=True):
    id: UUID
    is_default: bool


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    email: str
    roles: list[StaffRole]
    created_at: datetime
    expires_at: datetime


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Of the staff. `roles` are those of staff only."""

    id: UUID
    email: str
    name: str
    roles: list[StaffRole]
    totp: bool
    last_seen_at: datetime | None


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Of OpenID Connect. `client_secret` is sealed about `code`."""

    code: str
    name: str
    issuer: str
    client_id: str
    client_secret: str


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Under way with an issuer; with a `user_id` only the second factor is missing."""

    code: str
    nonce: str
    verifier: str
    cart_id: UUID | None
    user_id: UUID | None = None


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """`hint` is how the key begins, to recognise it by."""

    id: UUID
    user_id: UUID
    name: str
    scopes: list[str]
    hint: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class EmailTaken(Conflict):
    slug = "email-taken"
    title = "There is an account with this e-mail address already"


class WrongCredentials(Unauthorized):
    slug = "wrong-credentials"
    title = "This e-mail address and password do not belong together"


class WrongCode(Invalid):
    """Also where it has expired, was used, was guessed at too often, or where there is no such account."""

    slug = "wrong-code"
    title = "This code is wrong, or no longer valid"

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("code", "is wrong, or no longer valid")])


class WrongPassword(Invalid):
    slug = "wrong-password"
    title = "This is not your password"

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("current", "is not your password")])


class SignInOver(Unauthorized):
    """Also where the browser that comes back is not the one that was sent."""

    slug = "sign-in-over"
    title = "This sign-in took too long or was finished already; start again"


class NoAccounts(Forbidden):
    slug = "no-accounts"
    title = "This store needs no account: an address is enough to buy"


def may_become_shopper(store: Store) -> None:
    """Raises NoAccounts."""
    if store.checkout_mode == "guest":
        raise NoAccounts()


class NotVouchedFor(Unauthorized):
    slug = "not-vouched-for"
    title = "The issuer did not say who this is in a way that can be trusted"


class SecondFactorNeeded(Unauthorized):
    """The password is right; send it again with `second_factor`."""

    slug = "second-factor-needed"
    title = "Enter the code of your authenticator as well"


class WrongSecondFactor(Unauthorized):
    slug = "wrong-second-factor"
    title = "This code is not the one of the moment, or was used already"


class SecondFactorOn(Conflict):
    slug = "second-factor-on"
    title = "There is a second factor already; turn it off first"


class SecondFactorRequired(Conflict):
    slug = "second-factor-required"
    title = "This store wants a second factor of its staff"


class NoInvitation(NotFound):
    """Also where it has expired, was taken, or was withdrawn."""

    slug = "no-invitation"
    title = "This invitation is not, or no longer, valid; ask for another one"


class LastAdmin(Conflict):
    slug = "last-admin"
    title = "A store has an admin; make somebody else one first"


class TooManyKeys(Conflict):
    slug = "too-many-keys"
    title = f"An account has {MOST_KEYS} API keys at most"


class SessionOver(Unauthorized):
    slug = "session-over"
    title = "This session is over; sign in again"


class DefaultNeeded(Conflict):
    slug = "default-needed"
    title = "One address is the default; make another one the default instead"


class TooManyAddresses(Conflict):
    slug = "too-many-addresses"
    title = f"An account keeps {MOST_ADDRESSES} addresses at most"


class Locked(TooMany):
    """Also said to a right password: else a guesser would learn that it is right."""

    slug = "locked"
    title = "Too many failed tries; this account is locked for a while"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {-(-seconds // 60)} min.", headers={"retry-after": str(seconds)})


class AlreadyVerified(Conflict):
    slug = "already-verified"
    title = "This address is confirmed already"


class NotOfAStore(Forbidden):
    slug = "not-of-a-store"
    title = "Operators belong to no store, and get no mail from one"


class CodeTooSoon(TooMany):
    slug = "code-too-soon"
    title = "A code was sent a moment ago"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Ask for another one in {seconds} s.", headers={"retry-after": str(seconds)})


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def code_digest(secret: str, home: UUID, purpose: Purpose, subject: bytes, code: str) -> bytes:
    """As it is kept. Without the installation's secret the million codes there are cannot be tried out on it."""
    about = "\0".join(("code", str(home), purpose, subject.hex(), code))
    return hmac.new(secret.encode(), about.encode(), hashlib.sha256).digest()


def new_recovery_code() -> str:
    """50 random bits; written in two halves."""
    letters = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def recovery_digest(secret: str, user_id: UUID, code: str) -> bytes:
    """As it is kept, keyed like `code_digest`."""
    about = "\0".join(("recovery", str(user_id), code.replace("-", "")))
    return hmac.new(secret.encode(), about.encode(), hashlib.sha256).digest()


def matching_step(totp_secret: str, code: str) -> int | None:
    """The step of 30 s whose code this is: now, or the one before or after, since clocks differ. None for a wrong one."""
    totp, now = pyotp.TOTP(totp_secret), int(time.time()) // 30
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def subject_of(user_id: UUID) -> bytes:
    """What codes for somebody who is signed in are kept by."""
    return digest(str(user_id))


_MARK_OF_STORE, _MARK_OF_PLATFORM = "ths_", "thp_"


def new_refresh_token(home: UUID) -> str:
    """256 random bits behind a mark that says where to look them up, and that secret scanners can know."""
    return (_MARK_OF_PLATFORM if home == PLATFORM else _MARK_OF_STORE) + secrets.token_urlsafe(32)


def new_invitation_token() -> str:
    return "thi_" + secrets.token_urlsafe(32)


def new_api_key() -> str:
    return API_KEY + secrets.token_urlsafe(32)


def granted(user: User, store: Store | None) -> list[str]:
    """The roles that a session or key of theirs has; those of staff only with a second factor where the store wants one."""
    if store is not None and store.require_totp and not user.totp:
        return [role for role in user.roles if role not in STAFF]
    return user.roles


def home_of_token(token: str, store_id: UUID) -> UUID:
    """An operator's token is good at every store's host."""
    return PLATFORM if token.startswith(_MARK_OF_PLATFORM) else store_id
