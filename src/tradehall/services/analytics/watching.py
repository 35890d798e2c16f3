"""Whose clicks are not counted: programs, people who said no, addresses that send more than a person can."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache

PER_SECOND = 10.0  # clicks of an address, for as long as it likes
BURST = 600.0
MOST = 20_000  # addresses that are remembered


@lru_cache(maxsize=2048)
def is_program(user_agent: str) -> bool:
    """By the list that crawler-user-agents keeps; a browser says who it is."""
    import crawleruseragents

    return not user_agent or bool(crawleruseragents.is_crawler(user_agent))


def refuses(headers: Mapping[str, str]) -> bool:
    """Do Not Track, Global Privacy Control."""
    return headers.get("dnt") == "1" or headers.get("sec-gpc") == "1"


class Addresses:
    """Kept in memory alone, and only as long as they are busy."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, clicks: int) -> int:
        """0, or the seconds until so many clicks would be taken."""
        now = time.monotonic()
        left, since = self._left.pop(address, (BURST, now))
        left = min(BURST, left + PER_SECOND * (now - since))
        allowed = clicks <= left
        self._left[address] = (left - clicks if allowed else left, now)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        return 0 if allowed else 1 + int((clicks - left) / PER_SECOND)
