"""What the next page of this browser needs to know and nobody else may: sealed, in a cookie that soon runs out."""

import time
from typing import ClassVar, TypeVar

import msgspec

from tradehall.kernel.sealing import Sealed, seal, unseal

C = TypeVar("C", bound="Carried")


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """`cookie` is the name it goes by, `life` in seconds; the end is sealed in too, since browsers may keep cookies longer."""

    cookie: ClassVar[str]
    life: ClassVar[int]


class HalfLoggedIn(Carried, frozen=True, kw_only=True):
    """Only the second factor is missing: behind a right password, or (`state`) behind an issuer's word."""

    cookie: ClassVar[str] = "half_logged_in"
    life: ClassVar[int] = 300
    then: str
    email: str = ""
    password: str = ""
    state: str = ""


class SentToIssuer(Carried, frozen=True, kw_only=True):
    """Whoever comes back with this state was sent from here."""

    cookie: ClassVar[str] = "sent_to_issuer"
    life: ClassVar[int] = 600
    then: str
    state: str


class Enrolment(Carried, frozen=True, kw_only=True):
    """A second factor that no code has come back of; `uri` is what authenticators read."""

    cookie: ClassVar[str] = "enrolment"
    life: ClassVar[int] = 900
    then: str
    secret: str
    uri: str


class Invitation(Carried, frozen=True, kw_only=True):
    """The token out of the mailed link, so that it is in the address of no page."""

    cookie: ClassVar[str] = "invitation"
    life: ClassVar[int] = 3600
    token: str


def close(secret: str, thing: Carried, *, about: str) -> str:
    content = f"{time.time() + thing.life} {msgspec.json.encode(thing).decode()}"
    return seal(secret, content, about=f"{thing.cookie} {about}")


def reopen(secret: str, kind: type[C], value: str, *, about: str) -> C | None:
    """None for what is too old, of another browser, or not ours."""
    try:
        until, _, content = unseal(secret, value, about=f"{kind.cookie} {about}").partition(" ")
        return msgspec.json.decode(content, type=kind) if float(until) > time.time() else None
    except (Sealed, msgspec.MsgspecError):
        return None
