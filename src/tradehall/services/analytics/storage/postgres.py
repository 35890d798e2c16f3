"""Clicks in PostgreSQL: each as a row of its day, and sums that dashboards read, written in the same transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tradehall.contracts.analytics import VIEWS, Click
from tradehall.kernel.db import Tx, columns
from tradehall.kernel.ids import NO_STORE
from tradehall.services.analytics.model import Span
from tradehall.services.analytics.storage import Hour, Now, Taken

NOBODY = NO_STORE  # the nil id


class Postgres:
    async def write(self, tx: Tx, taken: Sequence[Taken]) -> None:
        await _write_rows(tx, taken)
        await _count_hours(tx, taken)
        await _count_searches(tx, taken)
        await _note_visits(tx, taken)

    async def hours(self, tx: Tx, span: Span, seller_id: UUID | None) -> list[Hour]:
        rows = await tx.rows(
            "SELECT hour, kind, sum(clicks)::bigint AS clicks FROM click_hours "
            "WHERE hour >= $1 AND hour < $2 AND ($3::uuid IS NULL OR seller_id = $3) GROUP BY hour, kind ORDER BY hour, kind",
            span.since,
            span.until,
            seller_id,
        )
        return [Hour(row["hour"], row["kind"], row["clicks"]) for row in rows]

    async def products(self, tx: Tx, span: Span, seller_id: UUID | None, limit: int) -> list[tuple[UUID, int]]:
        rows = await tx.rows(
            "SELECT product_id, sum(clicks)::bigint AS clicks FROM click_hours "
            "WHERE hour >= $1 AND hour < $2 AND kind = 'product' AND product_id <> $3 "
            "AND ($4::uuid IS NULL OR seller_id = $4) GROUP BY product_id ORDER BY 2 DESC, 1 LIMIT $5",
            span.since,
            span.until,
            NOBODY,
            seller_id,
            limit,
        )
        return [(row["product_id"], row["clicks"]) for row in rows]

    async def empty_searches(self, tx: Tx, span: Span, limit: int) -> list[tuple[str, int]]:
        rows = await tx.rows(
            "SELECT query, sum(empty)::bigint AS empty FROM searches WHERE day BETWEEN $1 AND $2 AND empty > 0 "
            'GROUP BY query ORDER BY 2 DESC, query COLLATE "C" LIMIT $3',
            span.first,
            span.last,
            limit,
        )
        return [(row["query"], row["empty"]) for row in rows]

    async def visitors(self, tx: Tx, first: date, last: date, zone: str) -> int:
        found: int = await tx.scalar(
            "SELECT count(DISTINCT visitor) FROM visits WHERE day BETWEEN $1 AND $2", first, last
        )
        return found

    async def now(self, tx: Tx, seller_id: UUID | None) -> Now:
        (row,) = await tx.rows(
            "SELECT count(*) AS views, count(DISTINCT visitor) AS visitors FROM clicks WHERE at > now() - interval '5 minutes' "
            "AND at <= now() AND kind = ANY($2) AND ($1::uuid IS NULL OR seller_id = $1)",
            seller_id,
            list(VIEWS),
        )
        return Now(row["views"], row["visitors"])


async def _write_rows(tx: Tx, taken: Sequence[Taken]) -> None:
    """As arrays: PostgreSQL does not COPY into a table whose rows are kept apart by store."""
    await tx.run(
        "INSERT INTO clicks (store_id, at, kind, product_id, seller_id, visitor, query, results, target) "
        "SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], "
        "$8::int[], $9::text[])",
        *columns(
            [
                (store.id, c.at, c.kind, c.product_id, c.seller_id, c.visitor, c.query or None, c.results, c.target or None)
                for store, clicks in taken
                for c in clicks
            ]
        ),
    )  # fmt: skip


async def _count_hours(tx: Tx, taken: Sequence[Taken]) -> None:
    """In the order of their keys, as all that follows, so that two processes cannot wait for each other."""
    found: Counter[tuple[UUID, datetime, str, UUID, UUID]] = Counter()
    for store, clicks in taken:
        zone = ZoneInfo(store.timezone)
        for c in clicks:
            found[store.id, hour_of(c, zone), c.kind, c.seller_id or NOBODY, c.product_id or NOBODY] += 1
    await tx.run(
        "INSERT INTO click_hours AS h (store_id, hour, kind, seller_id, product_id, clicks) "
        "SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[]) "
        "ON CONFLICT (store_id, hour, kind, seller_id, product_id) DO UPDATE SET clicks = h.clicks + excluded.clicks",
        *columns([(*key, count) for key, count in sorted(found.items())]),
    )


def hour_of(click: Click, zone: ZoneInfo) -> datetime:
    """Some clocks are half an hour beside the others."""
    return click.at.astimezone(zone).replace(minute=0, second=0, microsecond=0)


async def _count_searches(tx: Tx, taken: Sequence[Taken]) -> None:
    found: Counter[tuple[UUID, date, str]] = Counter()
    empty: Counter[tuple[UUID, date, str]] = Counter()
    for store, clicks in taken:
        zone = ZoneInfo(store.timezone)
        for c in clicks:
            if c.kind == "search" and c.query:
                key = store.id, c.at.astimezone(zone).date(), c.query
                found[key] += 1
                empty[key] += c.results == 0
    if found:
        await tx.run(
            "INSERT INTO searches AS s (store_id, day, query, searches, empty) "
            "SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[], $4::bigint[], $5::bigint[]) "
            "ON CONFLICT (store_id, day, query) DO UPDATE SET searches = s.searches + excluded.searches, "
            "empty = s.empty + excluded.empty",
            *columns([(*key, count, empty[key]) for key, count in sorted(found.items())]),
        )


async def _note_visits(tx: Tx, taken: Sequence[Taken]) -> None:
    """A row is written anew once a minute at most."""
    last: dict[tuple[UUID, date, UUID], datetime] = {}
    for store, clicks in taken:
        zone = ZoneInfo(store.timezone)
        for c in clicks:
            if c.visitor is not None:
                key = store.id, c.at.astimezone(zone).date(), c.visitor
                last[key] = max(last.get(key, c.at), c.at)
    if last:
        await tx.run(
            "INSERT INTO visits AS v (store_id, day, visitor, last_at) "
            "SELECT * FROM unnest($1::uuid[], $2::date[], $3::uuid[], $4::timestamptz[]) "
            "ON CONFLICT (store_id, day, visitor) DO UPDATE SET last_at = excluded.last_at "
            "WHERE v.last_at < excluded.last_at - interval '1 minute'",
            *columns([(*key, at) for key, at in sorted(last.items())]),
        )
