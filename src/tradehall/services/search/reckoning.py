"""What every engine reckons with, and what it makes of the filters it is asked with. No I/O."""

from collections.abc import Callable, Mapping
from uuid import UUID

import msgspec

from tradehall.kernel.errors import FieldError, Invalid
from tradehall.services.search.model import Filters

RRF = 60  # of reciprocal rank fusion: how little the first places differ
FEW = 10  # with all words: fewer are followed by those that are near
SOME = 100  # products at most that have some of the words, where none has all
NEAR, BESIDE = 0.2, 0.4  # as a cosine: near enough where no product has all words, and where some have
COMMON = 0.1  # a word in so many of the products says little
WORDS = 0.5  # what words count where no product has all of them, against 1 of meaning
NO_SELLER = "00000000-0000-0000-0000-000000000000"


def check_attributes(filters: Filters, knows: Callable[[str], bool]) -> None:
    """Raises Invalid."""
    if unknown := [f"attr.{one.code}" for one in filters.attributes if not knows(one.code)]:
        rule = "must be an attribute that products can be filtered by"
        raise Invalid("Some filters are not right.", errors=[FieldError(name, rule) for name in unknown])


def by_id(filters: Filters, sellers: Mapping[UUID, tuple[str, str]]) -> Filters:
    """Sellers are asked for by slug, or by id; of `sellers`, by id, each has a slug and a name."""
    if not filters.sellers:
        return filters
    named = {slug: str(id) for id, (slug, _) in sellers.items()}
    known = {str(id) for id in sellers}
    found = [named.get(one, one) for one in filters.sellers if one in named or one in known]
    return msgspec.structs.replace(filters, sellers=found or [NO_SELLER])
