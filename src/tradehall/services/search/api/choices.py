"""What a store's admin chooses: synonyms, products pinned to a query, products that no search shows."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tradehall.contracts.search import SearchChanged
from tradehall.contracts.stores import Store
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.errors import FieldError, Invalid
from tradehall.kernel.ids import uuid7
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.kernel.runtime import Running
from tradehall.services.search.api.shapes import ANY_TEXT, SOME_TEXT
from tradehall.services.search.model import (
    ChangedMeanwhile,
    QueryPinned,
    UnknownPin,
    UnknownProduct,
    UnknownSynonyms,
    as_words,
)
from tradehall.services.search.queries import choices, documents
from tradehall.services.search.queries.choices import Hidden, Pin, SynonymsRow

MOST = 1000  # synonyms, and pins, of a store: every process that searches it keeps them in memory

Phrase = Annotated[str, Meta(max_length=100, pattern=SOME_TEXT)]
Phrases = Annotated[list[Phrase], Meta(max_length=20)]


class SynonymsGiven(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks for one of `words` also finds `finds`; without, each of them means the others. With `version`, the one
    that was read, a change by somebody else in between is refused."""

    words: Annotated[list[Phrase], Meta(min_length=1, max_length=20)]
    finds: Phrases = []
    version: int | None = None


class PinGiven(msgspec.Struct, frozen=True, kw_only=True):
    """For this query, whatever its capitals and accents, these come first, in this order."""

    query: Annotated[str, Meta(max_length=200, pattern=SOME_TEXT)]
    products: Annotated[list[UUID], Meta(min_length=1, max_length=24)]
    version: int | None = None


class HiddenGiven(msgspec.Struct, frozen=True, kw_only=True):
    note: Annotated[str, Meta(max_length=300, pattern=ANY_TEXT)] = ""


class HiddenProduct(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is empty where it is not on the shelf."""

    product_id: UUID
    name: str
    note: str
    at: datetime


class PinnedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is empty where it is not on the shelf."""

    id: UUID
    name: str


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    query: str
    products: list[PinnedProduct]
    version: int


async def _named(tx: Tx, pins: list[Pin]) -> list[Pinned]:
    names = await documents.names(tx, {id for pin in pins for id in pin.products})
    return [
        Pinned(
            id=pin.id,
            query=pin.query,
            products=[PinnedProduct(id=id, name=names.get(id, "")) for id in pin.products],
            version=pin.version,
        )
        for pin in pins
    ]


async def _changed(tx: Tx, store: Store) -> None:
    tx.emit(SearchChanged(version=await documents.count_choice(tx)), key=store.id)


def _folded(name: str, phrases: list[str]) -> list[str]:
    """As queries are read; each once. Raises Invalid."""
    folded = [as_words(phrase) for phrase in phrases]
    if wrong := [
        FieldError(f"{name}[{place}]", "must have a letter or digit") for place, one in enumerate(folded) if not one
    ]:
        raise Invalid("Some words are not right.", errors=wrong)
    return list(dict.fromkeys(folded))


def _synonyms(data: SynonymsGiven) -> tuple[list[str], list[str]]:
    words = _folded("words", data.words)
    finds = [one for one in _folded("finds", data.finds) if one not in words]
    if len(words) + len(finds) < 2:
        raise Invalid.field("words", "must be two at least, or find something else")
    return words, finds


def _same(seen: int | None, version: int) -> None:
    if seen is not None and seen != version:
        raise ChangedMeanwhile(f"It has version {version} by now.")


async def _room(tx: Tx, count: int) -> None:
    if count >= MOST:
        raise Invalid(f"A store has {MOST} of these at most.")


# --- synonyms


@get("/api/v1/search/synonyms", access=STORE_ADMIN)
async def list_synonyms(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[SynonymsRow]:
    """Oldest first."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        return page(await choices.synonyms_page(tx, after, limit + 1), limit, lambda row: (row.id,))


@post("/api/v1/search/synonyms", access=STORE_ADMIN)
async def add_synonyms(
    data: JSONBody[SynonymsGiven],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> SynonymsRow:
    words, finds = _synonyms(data)
    new = SynonymsRow(id=uuid7(), words=words, finds=finds, version=1)
    async with db.transaction(store.id) as tx:
        await _changed(tx, store)
        await _room(tx, len(await choices.synonyms(tx)))
        await choices.add_synonyms(tx, new.id, words, finds)
    running.answers.drop(store.id)
    return new


@put("/api/v1/search/synonyms/{synonyms_id:uuid}", access=STORE_ADMIN)
async def change_synonyms(
    synonyms_id: FromPath[UUID],
    data: JSONBody[SynonymsGiven],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> SynonymsRow:
    words, finds = _synonyms(data)
    async with db.transaction(store.id) as tx:
        before = await choices.one_synonyms(tx, synonyms_id)
        if before is None:
            raise UnknownSynonyms()
        _same(data.version, before.version)
        await choices.change_synonyms(tx, synonyms_id, words, finds)
        await _changed(tx, store)
    running.answers.drop(store.id)
    return SynonymsRow(id=synonyms_id, words=words, finds=finds, version=before.version + 1)


@delete("/api/v1/search/synonyms/{synonyms_id:uuid}", access=STORE_ADMIN)
async def delete_synonyms(
    synonyms_id: FromPath[UUID],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    async with db.transaction(store.id) as tx:
        if not await choices.delete_synonyms(tx, synonyms_id):
            raise UnknownSynonyms()
        await _changed(tx, store)
    running.answers.drop(store.id)


# --- pins


async def _pin(tx: Tx, data: PinGiven) -> tuple[str, list[UUID]]:
    """Raises Invalid."""
    (query,) = _folded("query", [data.query])
    products = list(dict.fromkeys(data.products))
    known = await documents.numbers(tx, products)
    wrong = [
        FieldError(f"products[{place}]", "must be a product on the shelf of this store")
        for place, id in enumerate(products)
        if id not in known
    ]
    if wrong:
        raise Invalid("Some products cannot be pinned.", errors=wrong)
    return query, products


@get("/api/v1/search/pins", access=STORE_ADMIN)
async def list_pins(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Pinned]:
    """Oldest first."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await _named(tx, await choices.pins_page(tx, after, limit + 1))
    return page(rows, limit, lambda row: (row.id,))


@post("/api/v1/search/pins", access=STORE_ADMIN)
async def add_pin(
    data: JSONBody[PinGiven],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Pin:
    async with db.transaction(store.id) as tx:
        await _changed(tx, store)
        await _room(tx, len(await choices.pins(tx)))
        query, products = await _pin(tx, data)
        new = Pin(id=uuid7(), query=query, products=products, version=1)
        if not await choices.add_pin(tx, new.id, query, products):
            raise QueryPinned(f"There are pins for “{query}” already.")
    running.answers.drop(store.id)
    return new


@put("/api/v1/search/pins/{pin_id:uuid}", access=STORE_ADMIN)
async def change_pin(
    pin_id: FromPath[UUID],
    data: JSONBody[PinGiven],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Pin:
    async with db.transaction(store.id) as tx:
        await _changed(tx, store)
        before = await choices.one_pin(tx, pin_id)
        if before is None:
            raise UnknownPin()
        _same(data.version, before.version)
        query, products = await _pin(tx, data)
        if not await choices.change_pin(tx, pin_id, query, products):
            raise QueryPinned(f"There are pins for “{query}” already.")
    running.answers.drop(store.id)
    return Pin(id=pin_id, query=query, products=products, version=before.version + 1)


@delete("/api/v1/search/pins/{pin_id:uuid}", access=STORE_ADMIN)
async def delete_pin(
    pin_id: FromPath[UUID],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    async with db.transaction(store.id) as tx:
        if not await choices.delete_pin(tx, pin_id):
            raise UnknownPin()
        await _changed(tx, store)
    running.answers.drop(store.id)


# --- hidden products


@get("/api/v1/search/hidden", access=STORE_ADMIN)
async def list_hidden(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[HiddenProduct]:
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows: list[Hidden] = await choices.hidden_page(tx, after, limit + 1)
    shown = [HiddenProduct(product_id=row.id, name=row.name, note=row.note, at=row.at) for row in rows]
    return page(shown, limit, lambda row: (row.product_id,))


@put("/api/v1/search/hidden/{product_id:uuid}", access=STORE_ADMIN, status_code=204)
async def hide(
    product_id: FromPath[UUID],
    data: JSONBody[HiddenGiven],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """It keeps its page and its place in the catalogue's lists."""
    async with db.transaction(store.id) as tx:
        if not await documents.numbers(tx, [product_id]):
            raise UnknownProduct()
        await choices.hide(tx, product_id, data.note)
        await _changed(tx, store)
    running.answers.drop(store.id)


@delete("/api/v1/search/hidden/{product_id:uuid}", access=STORE_ADMIN)
async def show(
    product_id: FromPath[UUID],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    async with db.transaction(store.id) as tx:
        if not await choices.show(tx, product_id):
            raise UnknownProduct("It is not hidden.")
        await _changed(tx, store)
    running.answers.drop(store.id)


routes = [
    list_synonyms,
    add_synonyms,
    change_synonyms,
    delete_synonyms,
    list_pins,
    add_pin,
    change_pin,
    delete_pin,
    list_hidden,
    hide,
    show,
]
