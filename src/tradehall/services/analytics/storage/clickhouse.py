"""Clicks in ClickHouse, by its HTTP interface. They come by a task, so that one that is away delays and loses none; what
was written already under the same group is not written again."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx
import msgspec

from tradehall.contracts.analytics import VIEWS, Click, ClicksTaken
from tradehall.kernel.db import Tx
from tradehall.kernel.errors import Away
from tradehall.kernel.ids import uuid7
from tradehall.services.analytics.model import Span
from tradehall.services.analytics.storage import Hour, Now, Taken

AT_ONCE = 500  # clicks in a task
_TABLE = """
CREATE TABLE IF NOT EXISTS clicks (
  store_id UUID, at DateTime64(3, 'UTC'), kind LowCardinality(String), product_id Nullable(UUID), seller_id Nullable(UUID),
  visitor Nullable(UUID), query String, results Nullable(UInt32), target LowCardinality(String)
) ENGINE = MergeTree PARTITION BY toYYYYMMDD(at) ORDER BY (store_id, kind, at)
TTL toDateTime(at) + toIntervalDay({kept}) SETTINGS non_replicated_deduplication_window = 10000
"""
_OF = "store_id = {store:UUID} AND at >= {since:DateTime64(3, 'UTC')} AND at < {until:DateTime64(3, 'UTC')}"
_SELLER = " AND seller_id = {seller:UUID}"


class Refused(Exception):
    """ClickHouse understood, and did not do it."""


class ClickHouse:
    """`url` as http://user:password@host:8123/database. Raises Away where it does not answer."""

    def __init__(self, client: httpx.AsyncClient, url: str, kept_days: int) -> None:
        parts = urlsplit(url)
        self._client = client
        self._url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/", "", ""))
        self._headers = {"x-clickhouse-database": parts.path.strip("/") or "default"}
        if parts.username:
            self._headers |= {"x-clickhouse-user": parts.username, "x-clickhouse-key": parts.password or ""}
        self._kept = kept_days

    async def prepare(self) -> None:
        await self._ask(_TABLE.replace("{kept}", str(self._kept)))

    async def write(self, tx: Tx, taken: Sequence[Taken]) -> None:
        for store, clicks in taken:
            for at in range(0, len(clicks), AT_ONCE):
                some = list(clicks[at : at + AT_ONCE])
                task = ClicksTaken(group=uuid7(), timezone=store.timezone, clicks=some)
                tx.emit(task, key=task.group, store_id=store.id)

    async def insert(self, store_id: UUID, group: UUID, clicks: Sequence[Click]) -> None:
        rows = b"\n".join(msgspec.json.encode(_row(store_id, click)) for click in clicks)
        await self._ask("INSERT INTO clicks FORMAT JSONEachRow", {"insert_deduplication_token": str(group)}, rows)

    async def hours(self, tx: Tx, span: Span, seller_id: UUID | None) -> list[Hour]:
        rows = await self._rows(
            "SELECT toUnixTimestamp(toStartOfHour(at, {zone:String})) AS hour, kind, count() AS clicks FROM clicks "
            f"WHERE {_OF}{_SELLER if seller_id else ''} GROUP BY hour, kind ORDER BY hour, kind",
            **_asked(tx, span.since, span.until, seller_id),
            param_zone=span.zone,
        )
        return [Hour(datetime.fromtimestamp(row["hour"], UTC), row["kind"], row["clicks"]) for row in rows]

    async def products(self, tx: Tx, span: Span, seller_id: UUID | None, limit: int) -> list[tuple[UUID, int]]:
        rows = await self._rows(
            f"SELECT product_id, count() AS clicks FROM clicks WHERE {_OF} AND kind = 'product' AND product_id IS NOT NULL"
            f"{_SELLER if seller_id else ''} GROUP BY product_id ORDER BY clicks DESC, toString(product_id) LIMIT {int(limit)}",
            **_asked(tx, span.since, span.until, seller_id),
        )
        return [(UUID(row["product_id"]), row["clicks"]) for row in rows]

    async def empty_searches(self, tx: Tx, span: Span, limit: int) -> list[tuple[str, int]]:
        rows = await self._rows(
            f"SELECT query, count() AS empty FROM clicks WHERE {_OF} AND kind = 'search' AND query != '' AND results = 0 "
            f"GROUP BY query ORDER BY empty DESC, query LIMIT {int(limit)}",
            **_asked(tx, span.since, span.until, None),
        )
        return [(row["query"], row["empty"]) for row in rows]

    async def visitors(self, tx: Tx, first: date, last: date, zone: str) -> int:
        span = Span(first, last, zone)
        (row,) = await self._rows(
            f"SELECT uniqExact(visitor) AS visitors FROM clicks WHERE {_OF}",
            **_asked(tx, span.since, span.until, None),
        )
        return int(row["visitors"])

    async def now(self, tx: Tx, seller_id: UUID | None) -> Now:
        until = datetime.now(UTC)
        kinds = ", ".join(f"'{kind}'" for kind in VIEWS)
        (row,) = await self._rows(
            f"SELECT count() AS views, uniqExact(visitor) AS visitors FROM clicks WHERE {_OF} AND kind IN ({kinds})"
            f"{_SELLER if seller_id else ''}",
            **_asked(tx, until - timedelta(minutes=5), until, seller_id),
        )
        return Now(row["views"], row["visitors"])

    async def _rows(self, sql: str, **params: str) -> list[dict[str, Any]]:
        answer = await self._ask(
            f"{sql} FORMAT JSONEachRow", {"output_format_json_quote_64bit_integers": "0", **params}
        )
        return [msgspec.json.decode(line) for line in answer.splitlines() if line]

    async def _ask(self, sql: str, params: dict[str, str] | None = None, data: bytes = b"") -> bytes:
        try:
            answer = await self._client.post(
                self._url, params={"query": sql, **(params or {})}, content=data, headers=self._headers
            )
        except httpx.HTTPError as error:
            raise Away(f"ClickHouse does not answer: {error!r}") from error
        if answer.status_code in (408, 429, 502, 503, 504):
            raise Away(f"ClickHouse is busy: {answer.status_code}")
        if answer.is_error:
            raise Refused(answer.text[:500])
        return answer.content


def _row(store_id: UUID, click: Click) -> dict[str, object]:
    return {
        "store_id": store_id,
        "at": click.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        "kind": click.kind,
        "product_id": click.product_id,
        "seller_id": click.seller_id,
        "visitor": click.visitor,
        "query": click.query,
        "results": click.results,
        "target": click.target,
    }


def _asked(tx: Tx, since: datetime, until: datetime, seller_id: UUID | None) -> dict[str, str]:
    params = {"param_store": str(tx.store_id), "param_since": _moment(since), "param_until": _moment(until)}
    return params | ({"param_seller": str(seller_id)} if seller_id else {})


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
