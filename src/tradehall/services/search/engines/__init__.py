"""What finds products: a small port, and whichever of its adapters the settings name."""

from functools import lru_cache

from tradehall.kernel.settings import Settings
from tradehall.services.search.engines.port import Engine
from tradehall.services.search.engines.postgres import InPostgres

__all__ = ["Engine", "engine_for"]


@lru_cache(maxsize=8)
def engine_for(settings: Settings) -> Engine:
    """One for each process."""
    if settings.meilisearch_url:
        from tradehall.services.search.engines.meilisearch import InMeilisearch

        return InMeilisearch(settings)
    return InPostgres(settings)
