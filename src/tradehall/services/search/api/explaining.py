"""Why a product is where it is, for the store's admin."""

from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from tradehall.contracts.stores import Store
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.services.search.api.find import Few, ask
from tradehall.services.search.api.shapes import Words
from tradehall.services.search.model import Wanted, Why
from tradehall.services.search.queries import documents


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    product_id: UUID
    slug: str
    name: str
    why: Why


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """`understood` is the query with misspelt words corrected; `semantic`: meaning had its part."""

    understood: str
    total: int
    semantic: bool
    items: list[Explained]


@get("/api/v1/search/explanation", access=STORE_ADMIN)
async def explain(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    q: FromQuery[Words] = None,
    limit: FromQuery[Few] = 10,
) -> Explanation:
    """The first products of a query, each with what its score is made of."""
    wanted = Wanted(q=(q or "").strip(), limit=limit, explain=True)
    found = await ask(db, store, wanted)
    async with db.transaction(store.id) as tx:
        rows = await documents.cards(tx, found.numbers)
    return Explanation(
        understood=found.corrected or wanted.q,
        total=found.total,
        semantic=found.semantic,
        items=[
            Explained(product_id=row.id, slug=row.card.slug, name=row.card.name, why=found.why[row.number])
            for row in rows
            if row.number in found.why
        ],
    )


routes = [explain]
