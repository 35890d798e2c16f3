"""SQL of the index in PostgreSQL: entries, vectors, vocabulary, one set of rows for each generation."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from tradehall.contracts.catalog import ProductUpdated
from tradehall.kernel.db import Tx, columns
from tradehall.services.search.model import Texts
from tradehall.services.search.queries.documents import Shelf

_ENTRIES = """
INSERT INTO entries AS e (generation, number, words, name, skus)
SELECT $1, number, setweight(to_tsvector('simple', name), 'A') || setweight(to_tsvector('simple', maker), 'B')
         || setweight(to_tsvector('simple', kind), 'C') || setweight(to_tsvector('simple', described), 'D'),
       name, string_to_array(skus, chr(10))
FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
     AS t(number, name, maker, kind, described, skus)
ON CONFLICT (store_id, generation, number) DO UPDATE SET words = excluded.words, name = excluded.name, skus = excluded.skus
WHERE (e.words, e.name, e.skus) IS DISTINCT FROM (excluded.words, excluded.name, excluded.skus)
"""
_VECTORS = """
INSERT INTO vectors AS v (generation, number, about) SELECT $1, * FROM unnest($2::int[], $3::bigint[])
ON CONFLICT (store_id, generation, number) DO UPDATE SET about = excluded.about, stale = true
WHERE v.about <> excluded.about
"""
# Words that are in a query, not those of descriptions: there are too many that nobody looks for.
_WORDS = """
SELECT word, count(*)::int AS times FROM entries, unnest(tsvector_to_array(ts_filter(words, '{a,b,c}'))) AS word
WHERE generation = $1 AND number = ANY ($2) GROUP BY word
"""
_COUNT = """
INSERT INTO vocabulary AS v (generation, word, frequency, version)
SELECT $1, word, frequency, $4 FROM unnest($2::text[], $3::int[]) AS t(word, frequency)
ON CONFLICT (store_id, generation, word) DO UPDATE
SET frequency = v.frequency + excluded.frequency, version = excluded.version
"""
_UNCOUNT = """
UPDATE vocabulary v SET frequency = v.frequency - t.less, version = $4
FROM unnest($2::text[], $3::int[]) AS t(word, less) WHERE v.generation = $1 AND v.word = t.word AND v.word = ANY ($2)
"""
_MATCH = """
SELECT array_agg(number) AS numbers, array_agg(rank) AS ranks, array_agg(exact) AS exact FROM (
  SELECT number, ts_rank('{0.05, 0.25, 0.5, 1.0}', words, (SELECT to_tsquery('simple', $2)), 1) AS rank,
         name = $3 OR $4 = ANY (skus) AS exact
  FROM entries WHERE generation = $1 AND words @@ (SELECT to_tsquery('simple', $2))
) t
"""
# Of products that have some of the words: those count that few products have.
_SOME = """
SELECT array_agg(number) AS numbers, array_agg(rank) AS ranks, array_agg(false) AS exact FROM (
  SELECT number, (SELECT sum(weight) FROM unnest((SELECT array_agg(one::tsquery) FROM unnest($3::text[]) AS one), $4::float4[])
                    AS one(query, weight) WHERE words @@ query)::float4 AS rank
  FROM entries WHERE generation = $1 AND words @@ (SELECT to_tsquery('simple', $2)) ORDER BY rank DESC, number LIMIT $5
) t
"""
# Both at once, of long queries, where seldom one product has all of the words: those that do, else those that have some.
_EITHER = """
WITH partly AS MATERIALIZED (
  SELECT number, words, name, skus, words @@ (SELECT to_tsquery('simple', $3)) AS fit
  FROM entries WHERE generation = $1 AND words @@ (SELECT to_tsquery('simple', $2))
), ranked AS (
  SELECT number, fit, name = $6 OR $7 = ANY (skus) AS exact,
         CASE WHEN fit THEN ts_rank('{0.05, 0.25, 0.5, 1.0}', words, (SELECT to_tsquery('simple', $3)), 1)
         ELSE (SELECT sum(weight) FROM unnest((SELECT array_agg(one::tsquery) FROM unnest($4::text[]) AS one), $5::float4[])
                 AS one(query, weight) WHERE words @@ query)::float4 END AS rank
  FROM partly WHERE fit OR NOT EXISTS (SELECT FROM partly WHERE fit) ORDER BY fit DESC, rank DESC, number
)
SELECT bool_or(fit) AS fit, array_agg(number) AS numbers, array_agg(rank) AS ranks, array_agg(exact) AS exact
FROM (SELECT * FROM ranked WHERE fit UNION ALL (SELECT * FROM ranked WHERE NOT fit LIMIT $8)) t
"""
# Subqueries here and above: what is given as text would be read again for each row.
_NEAR = """
SELECT array_agg(number) AS numbers, array_agg(-distance) AS nearness FROM (
  SELECT number, (vector <#> (SELECT $2::text::halfvec))::float4 AS distance FROM vectors
  WHERE generation = $1 AND NOT stale ORDER BY distance LIMIT $3
) t
"""


class Match(msgspec.Struct, frozen=True):
    """Products of a query, side by side: number, rank, whether the query is its very name or SKU."""

    numbers: list[int]
    ranks: list[float]
    exact: list[bool]


async def write(tx: Tx, now: Shelf, texts: dict[int, Texts | None]) -> None:
    """By number; None goes. In every index that is written."""
    for generation in now.generations:
        await write_one(tx, generation, now.version, texts)


async def write_one(tx: Tx, generation: int, version: int, texts: dict[int, Texts | None]) -> None:
    numbers = list(texts)
    before = await _words(tx, generation, numbers)
    gone = [number for number, text in texts.items() if text is None]
    if gone:
        await tx.run("DELETE FROM entries WHERE generation = $1 AND number = ANY ($2)", generation, gone)
        await tx.run("DELETE FROM vectors WHERE generation = $1 AND number = ANY ($2)", generation, gone)
    rows = [
        (number, t.name, t.maker, t.kind, t.description, "\n".join(t.skus))
        for number, t in sorted(texts.items())
        if t is not None
    ]
    if rows:
        await tx.run(_ENTRIES, generation, *columns(rows))
        abouts = [(number, t.mark) for number, t in sorted(texts.items()) if t is not None]
        await tx.run(_VECTORS, generation, *columns(abouts))
    after = await _words(tx, generation, numbers)
    for sql, change in ((_COUNT, after - before), (_UNCOUNT, before - after)):
        if change:
            await tx.run(sql, generation, *columns(sorted(change.items())), version)


async def _words(tx: Tx, generation: int, numbers: Sequence[int]) -> Counter[str]:
    return Counter({row["word"]: row["times"] for row in await tx.rows(_WORDS, generation, numbers)})


async def words(tx: Tx, generation: int, since: int) -> list[tuple[str, int]]:
    """Of the vocabulary, those whose frequency changed since that version."""
    rows = await tx.rows(
        "SELECT word, frequency FROM vocabulary WHERE generation = $1 AND version > $2", generation, since
    )
    return [(row["word"], row["frequency"]) for row in rows]


async def match(tx: Tx, generation: int, query: str, name: str, sku: str) -> Match:
    """`query` is a tsquery; `name` in words, `sku` folded."""
    (row,) = await tx.rows(_MATCH, generation, query, name, sku)
    return Match(row["numbers"] or [], row["ranks"] or [], row["exact"] or [])


async def match_some(tx: Tx, generation: int, slots: Sequence[tuple[str, float]], limit: int) -> Match:
    """Products that have any of these, by how much they weigh; each is a tsquery."""
    query = " | ".join(one for one, _ in slots)
    (row,) = await tx.rows(_SOME, generation, query, *columns(slots), limit)
    return Match(row["numbers"] or [], row["ranks"] or [], row["exact"] or [])


async def match_either(
    tx: Tx, generation: int, query: str, name: str, sku: str, slots: Sequence[tuple[str, float]], limit: int
) -> tuple[Match, bool]:
    """As `match`, and where nothing is found as `match_some`, of slots that whatever fits has one of at least; whether it
    fits."""
    some = " | ".join(one for one, _ in slots)
    (row,) = await tx.rows(_EITHER, generation, some, query, *columns(slots), name, sku, limit)
    return Match(row["numbers"] or [], row["ranks"] or [], row["exact"] or []), bool(row["fit"])


async def has(tx: Tx, generation: int, number: int, words: Sequence[str]) -> set[str]:
    """Which of these words a product has."""
    rows = await tx.rows(
        "SELECT word FROM unnest($3::text[]) AS word WHERE EXISTS (SELECT FROM entries "
        "WHERE generation = $1 AND number = $2 AND words @@ to_tsquery('simple', word))",
        generation,
        number,
        words,
    )
    return {row["word"] for row in rows}


async def near(tx: Tx, generation: int, vector: str, limit: int) -> tuple[list[int], list[float]]:
    """The nearest by meaning: numbers, and how near, the nearest first."""
    (row,) = await tx.rows(_NEAR, generation, vector, limit)
    return row["numbers"] or [], row["nearness"] or []


# --- vectors


async def stale(tx: Tx, generation: int, limit: int) -> list[tuple[int, ProductUpdated]]:
    """Of which no vector is made yet, or one of something else."""
    rows = await tx.rows(
        "SELECT v.number, d.product FROM vectors v JOIN documents d ON d.number = v.number "
        "WHERE v.generation = $1 AND v.stale AND d.shown ORDER BY v.number LIMIT $2",
        generation,
        limit,
    )
    return [(row["number"], msgspec.convert(row["product"], ProductUpdated)) for row in rows]


async def set_vectors(tx: Tx, generation: int, rows: Sequence[tuple[int, int, str]]) -> None:
    """(number, mark, vector); one that is about something else by now stays stale."""
    await tx.run(
        "UPDATE vectors v SET vector = t.vector::halfvec, stale = false "
        "FROM unnest($2::int[], $3::bigint[], $4::text[]) AS t(number, about, vector) "
        "WHERE v.generation = $1 AND v.number = t.number AND v.number = ANY ($2) AND v.about = t.about",
        generation,
        *columns(sorted(rows)),
    )


async def take_model(tx: Tx, name: str) -> None:
    """Vectors are this model's from now on: those of another one are worth nothing."""
    if await tx.run("UPDATE shelves SET model = $1 WHERE model IS DISTINCT FROM $1", name):
        await tx.run("UPDATE vectors SET vector = NULL, stale = true WHERE vector IS NOT NULL")


# --- a new index


async def begin(tx: Tx) -> Shelf | None:
    """The shelf with a new index to be filled, which all changes go to from now on; None where there is nothing. What
    an earlier try, or the index before this one, has left goes."""
    now = await tx.one(
        Shelf,
        "UPDATE shelves SET building = greatest(generation, coalesce(building, 0)) + 1 "
        "RETURNING store_id, version, numbers, generation, building, choices, model",
    )
    if now is not None:
        for table in ("entries", "vectors", "vocabulary"):
            await tx.run(f"DELETE FROM {table} WHERE generation <> $1", now.generation)
    return now


async def hold(tx: Tx, building: int) -> Shelf | None:
    """Nobody writes until the transaction ends; None where another index is being made instead."""
    return await tx.one(
        Shelf,
        "SELECT store_id, version, numbers, generation, building, choices, model FROM shelves "
        "WHERE building = $1 FOR UPDATE",
        building,
    )


async def still(tx: Tx, numbers: Sequence[int]) -> dict[int, int]:
    """Marks of those that are shown."""
    rows = await tx.rows("SELECT number, told FROM documents WHERE number = ANY ($1) AND shown", numbers)
    return {row["number"]: row["told"] for row in rows}


async def missing(tx: Tx, generation: int, numbers: Sequence[int]) -> set[int]:
    """Those of which nothing is in that index yet."""
    rows = await tx.rows("SELECT number FROM entries WHERE generation = $1 AND number = ANY ($2)", generation, numbers)
    return set(numbers) - {row["number"] for row in rows}


async def take_over(tx: Tx, earlier: int, generation: int) -> None:
    """Vectors of what is the same in the index before."""
    await tx.run(
        "UPDATE vectors v SET vector = e.vector, stale = false FROM vectors e WHERE v.generation = $2 AND v.stale "
        "AND e.generation = $1 AND e.number = v.number AND e.about = v.about AND NOT e.stale",
        earlier,
        generation,
    )


async def switch(tx: Tx, building: int) -> int | None:
    """From the commit on it answers. Returns the shelf's version; None where another index is being made instead."""
    version: int | None = await tx.scalar(
        "UPDATE shelves SET generation = building, building = NULL, version = version + 1 WHERE building = $1 "
        "RETURNING version",
        building,
    )
    return version


async def sweep(tx: Tx) -> None:
    """What no index needs any more."""
    for table in ("entries", "vectors", "vocabulary"):
        await tx.run(
            f"DELETE FROM {table} WHERE generation NOT IN (SELECT unnest(ARRAY[generation, coalesce(building, generation)]) FROM shelves)"
        )
