"""Rules of signing up: a proven address, then the charge, then the store."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.payments import PayersTurn
from tradehall.contracts.stores import PlatformMethod
from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound, TooMany
from tradehall.services.stores.bills import price_of

RESERVED_FOR = timedelta(days=1)
CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
CODE_PAUSE = timedelta(seconds=60)
CODES_A_DAY = 20  # to one address
MOST_ATTEMPTS = 10  # to pay; cards are not tried out here

SignupStatus = Literal["unproven", "charging", "waiting", "declined", "opened", "expired"]


class UnknownSignup(NotFound):
    slug = "unknown-signup"
    title = "There is no such signup"


class SignupOver(Conflict):
    slug = "signup-over"
    title = "This signup has come further, or has ended; look at its status"


class TooManyAttempts(Conflict):
    slug = "too-many-attempts"
    title = "Too many cards were declined; sign up again tomorrow"


class WrongCode(Invalid):
    """Also where it has expired or was guessed at too often."""

    slug = "wrong-code"
    title = "This code is wrong, or no longer valid"

    def __init__(self) -> None:
        super().__init__(errors=[FieldError("code", "is wrong, or no longer valid")])


class CodeTooSoon(TooMany):
    slug = "code-too-soon"
    title = "A code was sent a moment ago"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Ask for another one in {seconds} s.", headers={"retry-after": str(seconds)})


class Signup(msgspec.Struct, frozen=True, kw_only=True):
    """`opens` is the id that its store has from the beginning, so that however often it is opened, it is one. `turn` is what has
    to be done to pay, while it is `waiting`."""

    id: UUID
    email: str
    name: str
    slug: str
    plan: str
    months: int
    amount: int
    currency: str
    method: PlatformMethod
    card: str | None
    status: SignupStatus
    opens: UUID
    invoice_id: UUID
    attempt: int
    created_at: datetime
    expires_at: datetime
    tax: int
    tax_rate: int
    tax_name: str
    tax_included: bool
    turn: PayersTurn | None = None

    @property
    def price(self) -> int:
        """Of the plan."""
        return price_of(self.amount, self.tax, included=self.tax_included)


def new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def code_digest(secret: str, signup_id: UUID, code: str) -> bytes:
    """As it is kept. Without the installation's secret the million codes there are cannot be tried out on it."""
    return hmac.new(secret.encode(), b"signup-code" + signup_id.bytes + code.encode(), hashlib.sha256).digest()


def link_token(secret: str, signup_id: UUID) -> str:
    """What lets whoever began a signup go on with it: derived, so that it need not be stored."""
    return hmac.new(secret.encode(), b"signup-link" + signup_id.bytes, hashlib.sha256).hexdigest()[:40]


def may_pay(signup: Signup, at: datetime) -> None:
    """After a card was declined, or in another way than was chosen first. Raises SignupOver, TooManyAttempts."""
    if signup.status not in ("declined", "waiting") or at >= signup.expires_at:
        raise SignupOver(f"This signup is {signup.status}.")
    if signup.attempt >= MOST_ATTEMPTS:
        raise TooManyAttempts()
