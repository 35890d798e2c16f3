"""What is looked for, and how words become a query. No I/O."""

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Literal
from uuid import UUID

import msgspec

from tradehall.contracts.catalog import ProductState
from tradehall.kernel.errors import Conflict, NotFound
from tradehall.kernel.folding import fold

Sort = Literal["relevance", "newest", "price", "-price", "name", "rating"]

MOST_WORDS = 10  # of a query; the others are passed over
LISTED_VARIANTS = 12
NAME_LENGTH = 200
ABOUT_LENGTH = 400

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")


class UnknownSynonyms(NotFound):
    slug = "unknown-synonyms"
    title = "There are no such synonyms"


class UnknownPin(NotFound):
    slug = "unknown-pin"
    title = "There is no such pin"


class UnknownProduct(NotFound):
    slug = "unknown-product"
    title = "There is no such product"


class QueryPinned(Conflict):
    slug = "query-pinned"
    title = "There are pins for this query already"


class Overtaken(Conflict):
    slug = "overtaken"
    title = "Another new index of this store is being made"


class ChangedMeanwhile(Conflict):
    slug = "changed-meanwhile"
    title = "Somebody else has changed it meanwhile"


class Said(msgspec.Struct, frozen=True, array_like=True):
    """A value of an attribute."""

    code: str
    name: str
    unit: str
    value: str | int | float | bool


class Facets(msgspec.Struct, frozen=True, array_like=True):
    """What filters and sorting look at. `published` in microseconds since 1970, `price` of the cheapest variant."""

    brand_slug: str | None
    brand: str
    seller_id: UUID
    path: list[str]
    tags: list[str]
    said: list[Said]
    price: int
    rating_average: float | None
    rating_count: int
    published: int


class CardVariant(msgspec.Struct, frozen=True, array_like=True):
    id: UUID
    sku: str
    options: dict[str, str]
    price: int


class CardSpec(msgspec.Struct, frozen=True, array_like=True):
    name: str
    value: str | int | float | bool
    attribute: str | None
    unit: str


class CardFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a list shows of a product, but for what is available of it."""

    slug: str
    name: str
    currency: str
    price: int
    price_to: int
    compare_at: int | None
    image: str | None
    brand: str
    seller_id: UUID
    category: str | None
    rating_average: float | None
    rating_count: int
    variants: list[CardVariant]
    variant_count: int
    specifications: list[CardSpec]


class Texts(msgspec.Struct, frozen=True):
    """What a product is found by, in the order of weight, words only; and what it is about, for its vector."""

    name: str
    maker: str
    kind: str
    description: str
    skus: list[str]
    about: str

    @property
    def mark(self) -> int:
        """Of what it is about: another one where that is another."""
        return int.from_bytes(blake2b(self.about.encode(), digest_size=8).digest(), signed=True)


class AnyOf(msgspec.Struct, frozen=True):
    """What an attribute may be: one of `values`, or, of a number, within one of `spans`."""

    code: str
    values: list[str] = []
    spans: list[tuple[float | None, float | None]] = []


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Slugs, but for tags. Prices in minor units, of the cheapest variant."""

    category: str | None = None
    brands: list[str] = []
    sellers: list[str] = []
    tags: list[str] = []
    min_price: int | None = None
    max_price: int | None = None
    available: bool | None = None
    min_rating: float | None = None
    attributes: list[AnyOf] = []


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`after` is the sort key and the number of the last one seen, `semantic` whether meaning had its part in the pages
    before: they are to fit together."""

    q: str = ""
    filters: Filters = Filters()
    sort: Sort = "relevance"
    limit: int = 24
    after: tuple[float | str, int] | None = None
    semantic: bool | None = None
    facets: bool = False
    explain: bool = False


class Synonyms(msgspec.Struct, frozen=True):
    """Each of `words`, folded, finds `finds`; where that is empty, they mean each other."""

    words: list[str]
    finds: list[str]


def words_of(text: str) -> list[str]:
    """Folded, without apostrophes; initials stand together.

    >>> words_of("J. K. Rowling: Harry Potter and the Sorcerer's Stone")
    ['jk', 'rowling', 'harry', 'potter', 'and', 'the', 'sorcerers', 'stone']
    """
    found: list[str] = []
    run: list[str] = []
    for word in _WORD.findall(_APOSTROPHE.sub("", fold(text))):
        if len(word) == 1 and word.isalpha():
            run.append(word)
            continue
        found += _run(run)
        run = []
        found.append(word)
    return found + _run(run)


def _run(letters: list[str]) -> list[str]:
    return ["".join(letters)] if letters else []


def as_words(text: str) -> str:
    return " ".join(words_of(text))


def cheapest(product: ProductState) -> int:
    return min((variant.price for variant in product.variants), default=0)


def facets_of(product: ProductState) -> Facets:
    published = product.published_at
    return Facets(
        product.brand_slug,
        product.brand,
        product.seller_id,
        product.categories,
        product.tags,
        [
            Said(spec.attribute, spec.name, spec.unit, spec.value)
            for spec in product.specifications
            if spec.attribute is not None and spec.filterable
        ],
        cheapest(product),
        product.rating_average,
        product.rating_count,
        int(published.timestamp() * 1_000_000) if published else 0,
    )


def card_of(product: ProductState) -> CardFacts:
    low = min(product.variants, key=lambda variant: variant.price)
    return CardFacts(
        slug=product.slug,
        name=product.name,
        currency=product.currency,
        price=low.price,
        price_to=max(variant.price for variant in product.variants),
        compare_at=low.compare_at,
        image=product.image,
        brand=product.brand,
        seller_id=product.seller_id,
        category=product.categories[-1] if product.categories else None,
        rating_average=product.rating_average,
        rating_count=product.rating_count,
        variants=[CardVariant(v.variant_id, v.sku, v.options, v.price) for v in product.variants[:LISTED_VARIANTS]],
        variant_count=len(product.variants),
        specifications=[CardSpec(s.name, s.value, s.attribute, s.unit) for s in product.specifications],
    )


def texts_of(product: ProductState) -> Texts:
    kinds = [*product.tags, *(slug.replace("-", " ") for slug in product.categories)]
    said = [f"{spec.value}" for spec in product.specifications if not isinstance(spec.value, bool)]
    skus = [variant.sku for variant in product.variants]
    # The name twice, as it is and in small letters: of all that is said it says most, and a model knows words by their case.
    about = " ".join(
        [product.name, product.name.lower(), product.brand, *product.tags, *kinds[-1:], product.description]
    )
    return Texts(
        as_words(product.name),
        as_words(" ".join([product.brand, *skus])),
        as_words(" ".join([*kinds, *said])),
        as_words(product.description),
        [fold(sku).strip() for sku in skus],
        about[:ABOUT_LENGTH],
    )


def sort_name(product: ProductState) -> str:
    return fold(product.name)[:NAME_LENGTH]


# --- the query


class Slot(msgspec.Struct, frozen=True):
    """A part of a query: any of these, each a word or, of several, a phrase. `open` ones may go on: the last word, which
    somebody may still be typing."""

    either: list[list[str]]
    open: bool = False

    def sql(self) -> str:
        """As a tsquery; its words have no character that means anything in one."""
        return "(" + " | ".join(" <-> ".join(words) + (":*" if self.open else "") for words in self.either) + ")"


def slots_of(words: Sequence[str], alternatives: Sequence[Sequence[str]], synonyms: Iterable[Synonyms]) -> list[Slot]:
    """`alternatives` has, for each word, what may have been meant by it; empty where it stands for itself."""
    known = _by_first(synonyms)
    slots: list[Slot] = []
    place = 0
    while place < len(words):
        phrase, means = _longest(words, place, known)
        end = place + max(1, len(phrase))
        if phrase:
            slots.append(Slot([phrase, *(word.split() for word in means)], open=end == len(words)))
        else:
            either = [word.split() for word in (alternatives[place] or [words[place]])]
            for word in alternatives[place]:
                either += [
                    other.split() for found, others in known.get(word, ()) if found == [word] for other in others
                ]
            slots.append(Slot(either, open=end == len(words) and not alternatives[place]))
        place = end
    return slots


def _by_first(synonyms: Iterable[Synonyms]) -> dict[str, list[tuple[list[str], list[str]]]]:
    known: dict[str, list[tuple[list[str], list[str]]]] = {}
    for one in synonyms:
        for word in one.words:
            others = one.finds or [other for other in one.words if other != word]
            if parts := word.split():
                known.setdefault(parts[0], []).append((parts, others))
    return known


def _longest(
    words: Sequence[str], place: int, known: dict[str, list[tuple[list[str], list[str]]]]
) -> tuple[list[str], list[str]]:
    """The longest phrase with synonyms that begins here, and those of all entries of it."""
    fitting = [
        (parts, others)
        for parts, others in known.get(words[place], ())
        if list(words[place : place + len(parts)]) == parts
    ]
    if not fitting:
        return [], []
    phrase = max((parts for parts, _ in fitting), key=len)
    return phrase, list(dict.fromkeys(other for parts, others in fitting if parts == phrase for other in others))


def all_of(slots: Sequence[Slot]) -> str:
    return " & ".join(slot.sql() for slot in slots)


# --- what is found


class Counted(msgspec.Struct, frozen=True):
    """`value` is what a filter takes."""

    value: str
    name: str
    count: int


class AttributeCounts(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    kind: Literal["text", "number", "boolean"]
    unit: str
    count: int
    low: float | None
    high: float | None
    values: list[Counted]


class FacetCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Each counts what all filters but its own leave. Sellers by id."""

    brands: list[Counted]
    sellers: list[Counted]
    categories: list[Counted]
    tags: list[Counted]
    ratings: list[Counted]
    available: int
    low: int | None
    high: int | None
    attributes: list[AttributeCounts]


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why a product is where it is: its places by words and by meaning, None where it is not among them, and what rating
    and sales add."""

    score: float
    exact: bool
    by_words: int | None
    words: float
    by_meaning: int | None
    meaning: float
    rating: float
    sales: float


class Suggestions(msgspec.Struct, frozen=True, kw_only=True):
    """While somebody types: numbers of products, and what else begins like this. `words` are whole queries."""

    numbers: list[int]
    categories: list[Counted]
    brands: list[Counted]
    words: list[str]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """`numbers` are a page of them, in order; `last` is the sort key of the last one where more follow. `semantic`:
    meaning had its part in it."""

    numbers: list[int]
    total: int
    last: float | str | None = None
    facets: FacetCounts | None = None
    corrected: str | None = None
    semantic: bool = False
    why: dict[int, Why] = {}
