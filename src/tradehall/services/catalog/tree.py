"""The category tree of a store in memory: 5 000 categories are read when they change, not for each who looks at them.

The tree is always that of the database, which is asked for its version. The counts are as late as any answer that is kept:
a second at most, and not at all where the change was made in this process.
"""

import re
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from tradehall.kernel.db import Database, Tx
from tradehall.kernel.edge import AnswerCache
from tradehall.kernel.folding import fold
from tradehall.services.catalog.queries import categories
from tradehall.services.catalog.queries.categories import Category

MOST_KEPT = 50_000  # categories of all stores together


class Branch(msgspec.Struct, kw_only=True):
    """`count` has the published products here and below."""

    slug: str
    name: str
    description: str
    position: int
    count: int
    children: "list[Branch]"


class Tree:
    """`rows` in the order of display. `count` of a category has the published products there and below."""

    def __init__(self, version: int, rows: Sequence[Category]) -> None:
        self.version = version
        self.categories = {row.slug: row for row in rows}
        self.children: dict[str | None, list[Category]] = defaultdict(list)
        for row in rows:
            self.children[row.parent].append(row)
        self.count: Mapping[str, int] = {}
        self._own: Mapping[str, int] = {}
        self._counted: tuple[int, float] = (-1, 0.0)  # at which version of the store's answers, and until when
        self._encoded: dict[int, bytes] = {}
        self._said: dict[str, tuple[frozenset[str], frozenset[str]]] = {}  # what each is found by

    def is_counted(self, version: int) -> bool:
        return self._counted[0] == version and time.monotonic() < self._counted[1]

    def recount(self, version: int, own: Mapping[str, int]) -> None:
        """`own` are the published products of each, without those below."""
        self._counted = (version, time.monotonic() + AnswerCache.LIFE)
        if own == self._own:
            return
        count: Counter[str] = Counter()
        for slug, products in own.items():
            for one in self.path(slug):
                count[one.slug] += products
        self._own, self.count, self._encoded = own, count, {}

    def path(self, slug: str) -> list[Category]:
        """From the category itself to the top."""
        found = []
        row = self.categories.get(slug)
        while row is not None:
            found.append(row)
            row = self.categories.get(row.parent) if row.parent is not None else None
        return found

    def find(self, q: str) -> list[Category]:
        """Each word begins a word of the way to the category, or of its slug; one whose own name says more of it comes first."""
        wanted = _words(q)
        if not wanted:
            return list(self._in_order(None))
        found = []
        for place, row in enumerate(self._in_order(None)):
            own, way = self._words_of(row)
            if all(_begins(word, own) or _begins(word, way) for word in wanted):
                found.append((-sum(_begins(word, own) for word in wanted), len(self.path(row.slug)), place, row))
        return [row for *_, row in sorted(found, key=lambda one: one[:3])]

    def _words_of(self, row: Category) -> tuple[frozenset[str], frozenset[str]]:
        """Its own, and those of the categories above it."""
        if row.slug not in self._said:
            above = self.categories.get(row.parent) if row.parent is not None else None
            way = frozenset[str]().union(*self._words_of(above)) if above else frozenset[str]()
            self._said[row.slug] = (_words(f"{row.name} {row.slug}"), way)
        return self._said[row.slug]

    def _in_order(self, parent: str | None) -> Iterator[Category]:
        """As the tree is shown, from the top down."""
        for row in self.children.get(parent, ()):
            yield row
            yield from self._in_order(row.slug)

    def encoded(self, levels: int) -> bytes:
        """The upper levels as JSON."""
        if levels not in self._encoded:
            self._encoded[levels] = msgspec.json.encode(self._branches(None, levels))
        return self._encoded[levels]

    def _branches(self, parent: str | None, levels: int) -> list[Branch]:
        if levels == 0:
            return []
        return [
            Branch(
                slug=row.slug,
                name=row.name,
                description=row.description,
                position=row.position,
                count=self.count.get(row.slug, 0),
                children=self._branches(row.slug, levels - 1),
            )
            for row in self.children.get(parent, ())
        ]


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", fold(text)))


def _begins(word: str, some: frozenset[str]) -> bool:
    return any(one.startswith(word) for one in some)


_kept: WeakKeyDictionary[Database, "OrderedDict[UUID, Tree]"] = WeakKeyDictionary()


async def counted(tx: Tx, db: Database, store_id: UUID, answers: AnswerCache) -> Tree:
    """`answers` are those of this process, whose versions say when what it shows has changed."""
    now = answers.version(store_id)
    tree = await _tree(tx, _kept.setdefault(db, OrderedDict()), store_id)
    if not tree.is_counted(now):
        tree.recount(now, await categories.published(tx))
    return tree


async def _tree(tx: Tx, kept: "OrderedDict[UUID, Tree]", store_id: UUID) -> Tree:
    version = await categories.version(tx)  # first: what is read next may be newer, and is then read again
    tree = kept.get(store_id)
    if tree is None or tree.version != version:
        tree = kept[store_id] = Tree(version, await categories.all_of(tx))
    kept.move_to_end(store_id)
    while len(kept) > 1 and sum(len(one.categories) for one in kept.values()) > MOST_KEPT:
        kept.popitem(last=False)
    return tree
