"""Accounts, their home, and the rules of e-mail addresses, refresh tokens and locks."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from tradehall.contracts.identity import Purpose
from tradehall.contracts.values import Address
from tradehall.kernel.errors import Conflict, FieldError, Forbidden, Invalid, TooMany, Unauthorized
from tradehall.kernel.ids import NO_STORE

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
}
CODE_TRIES = 5
CODE_PAUSE = timedelta(seconds=60)  # between two codes for the same purpose
CODES_A_DAY = 20  # with 5 tries each, guessing all day long finds one code in ten thousand


def home(store_id: UUID | None) -> UUID:
    """Where the account of a token's holder is kept; operators' tokens name no store."""
    return PLATFORM if store_id is None else store_id


NewPassword = Annotated[str, Meta(min_length=8, max_length=128)]
Password = Annotated[str, Meta(min_length=1, max_length=128)]
Code = Annotated[str, Meta(pattern=r"^[0-9]{6}$(?!\n)", description="the six digits of a mail")]
Name = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"^ *[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$", description="one line")
]
Slug = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,60}$")]
Description = Annotated[str, Meta(max_length=4000, pattern=r"^[^\x00]*$")]


class User(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    email: str
    name: str
    roles: list[str]
    seller_id: UUID | None = None


class Account(User, frozen=True, kw_only=True):
    """`password_set_at` tells a login under way that the password it was shown is no longer the one."""

    password_hash: str
    password_set_at: datetime


class Profile(User, frozen=True, kw_only=True):
    created_at: datetime
    email_verified: bool
    new_email: str | None = None  # given, and not proven yet


class Session(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    slug: str
    name: str
    description: str


class OwnedSeller(Seller, frozen=True, kw_only=True):
    user_id: UUID


class KeptAddress(Address, frozen=True, kw_only=True):
    id: UUID
    is_default: bool


class EmailTaken(Conflict):
    slug = "email-taken"
    title = "There is an account with this e-mail address already"


class SlugTaken(Conflict):
    slug = "slug-taken"
    title = "Another seller has this address"


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


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def subject_of(user_id: UUID) -> bytes:
    """What codes for somebody who is signed in are kept by."""
    return digest(str(user_id))


_MARK_OF_STORE, _MARK_OF_PLATFORM = "ths_", "thp_"


def new_refresh_token(home: UUID) -> str:
    """256 random bits behind a mark that says where to look them up, and that secret scanners can know."""
    return (_MARK_OF_PLATFORM if home == PLATFORM else _MARK_OF_STORE) + secrets.token_urlsafe(32)


def home_of_token(token: str, store_id: UUID) -> UUID:
    """An operator's token is good at every store's host."""
    return PLATFORM if token.startswith(_MARK_OF_PLATFORM) else store_id
