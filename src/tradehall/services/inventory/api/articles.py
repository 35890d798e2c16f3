"""Routes of articles: variants as stock sees them, also before any of them came in."""

from uuid import UUID

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.paging import Limit, Page, decode_cursor, page
from tradehall.services.inventory.api.access import FLOOR, own_variant, reach_of
from tradehall.services.inventory.api.stock import AskedSku
from tradehall.services.inventory.queries import stock
from tradehall.services.inventory.queries.stock import Article, Stock


class ArticleStock(msgspec.Struct, frozen=True, kw_only=True):
    """`levels`: where it stands, of the warehouses the caller works with."""

    article: Article
    levels: list[Stock]


@get("/api/v1/articles", access=FLOOR)
async def list_articles(
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    sku: FromQuery[AskedSku] = None,
    limit: FromQuery[Limit] = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Article]:
    """Sellers see their own; `sku` is a whole SKU."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with db.transaction(store.id) as tx:
        rows = await stock.articles(tx, await reach_of(tx, caller), sku=sku, after=after, limit=limit + 1)
    return page(rows, limit, lambda row: (row.variant_id,))


@get("/api/v1/articles/{variant_id:uuid}", access=FLOOR)
async def get_article(
    variant_id: FromPath[UUID],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> ArticleStock:
    async with db.transaction(store.id) as tx:
        reach = await reach_of(tx, caller)
        await own_variant(tx, reach, variant_id)
        article = await stock.article(tx, variant_id)
        assert article is not None, "variants never go"
        return ArticleStock(article=article, levels=await stock.levels_of(tx, reach, variant_id))


routes = [list_articles, get_article]
