"""Published by search."""

from typing import ClassVar

from tradehall.contracts.values import Event


class SearchEvent(Event, frozen=True, kw_only=True):
    publisher: ClassVar[str] = "search"


class SearchChanged(SearchEvent, frozen=True, kw_only=True, tag="search.changed"):
    """What searches of the store show is something else from now on. `version` counts such changes."""

    version: int
