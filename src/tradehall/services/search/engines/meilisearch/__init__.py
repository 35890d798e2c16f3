"""MeiliSearch: an index for each store and generation, told after the commit, of what the database says it lacks."""

from tradehall.services.search.engines.meilisearch.engine import InMeilisearch

__all__ = ["InMeilisearch"]
