"""MeiliSearch's HTTP API on loopback, as far as the adapter asks: its paths, status codes, error codes, its queue of tasks.

No server could be had from a registry. Written after its documentation (meilisearch.com/docs/reference: search, multi-search,
documents, settings, tasks, indexes, error codes; filter expressions, ranking rules, typo tolerance) and, for what a filter's
quotes mean and what messages say, its own tests (meilisearch/meilisearch: crates/meilisearch/tests/search/errors.rs,
crates/filter-parser/src/value.rs, crates/meilisearch/tests/vector). Its order is that of the documented ranking rules, in
its simplest reading. What it is not asked here, it does not answer.
"""

from tests.meilisearch.server import Meilisearch

__all__ = ["Meilisearch"]
