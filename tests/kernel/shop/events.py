from typing import ClassVar

from tradehall.contracts.values import Event, Task


class Told(Event, frozen=True, kw_only=True, tag="Told"):
    """Noted one by one."""

    publisher: ClassVar[str] = "outside"
    name: str
    number: int = 0


class Shouted(Event, frozen=True, kw_only=True, tag="Shouted"):
    """Noted many at a time."""

    publisher: ClassVar[str] = "outside"
    name: str
    number: int = 0


class Whispered(Event, frozen=True, kw_only=True, tag="Whispered"):
    """Noted with those that were shouted."""

    publisher: ClassVar[str] = "outside"
    name: str
    number: int = 0


class Hauled(Event, frozen=True, kw_only=True, tag="Hauled"):
    """Noted many at a time, in bulk."""

    publisher: ClassVar[str] = "outside"
    name: str
    number: int = 0


class Stated(Event, frozen=True, kw_only=True, tag="Stated"):
    """Noted many at a time, of each key the last."""

    publisher: ClassVar[str] = "outside"
    name: str
    number: int = 0


class Sung(Event, frozen=True, kw_only=True, tag="Sung"):
    """Noted many at a time, those of several stores together."""

    publisher: ClassVar[str] = "outside"
    name: str
    number: int = 0


class Echoed(Event, frozen=True, kw_only=True, tag="Echoed"):
    """What was sung; nobody listens."""

    publisher: ClassVar[str] = "shop"
    name: str


class Said(Event, frozen=True, kw_only=True, tag="Said"):
    """Emitted by the tests themselves, through the shop's outbox, and travels with others; noted one by one."""

    publisher: ClassVar[str] = "shop"
    together = True
    name: str
    number: int = 0


class Asked(Event, frozen=True, kw_only=True, tag="Asked"):
    """Hop one of three: Asked -> Passed -> Errand."""

    publisher: ClassVar[str] = "outside"
    name: str


class AskedMany(Event, frozen=True, kw_only=True, tag="AskedMany"):
    """As Asked, for many at a time."""

    publisher: ClassVar[str] = "outside"
    name: str


class Passed(Event, frozen=True, kw_only=True, tag="Passed"):
    publisher: ClassVar[str] = "shop"
    name: str


class Errand(Task, frozen=True, kw_only=True, tag="Errand"):
    publisher: ClassVar[str] = "shop"
    name: str


class ManyErrands(Task, frozen=True, kw_only=True, tag="ManyErrands"):
    publisher: ClassVar[str] = "shop"
    name: str
