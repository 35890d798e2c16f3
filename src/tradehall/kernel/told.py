"""Copies of what another service tells whole: what is told again costs no more than to see that it is the same."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from tradehall.kernel.db import Tx


class News(NamedTuple):
    """`other`: ids of which something else is told than before. `gone`: those of which nothing is told any more."""

    other: set[UUID]
    gone: list[UUID]


async def news(tx: Tx, table: str, of: str, owners: Sequence[UUID], marks: Mapping[UUID, int]) -> News:
    """Of rows of `table` that belong to `owners` by the column `of`. Each keeps in `told` the mark of what it was made of."""
    row = await tx.rows(f"SELECT array_agg(id), array_agg(told) FROM {table} WHERE {of} = ANY ($1)", list(owners))
    known = dict(zip(row[0][0] or (), row[0][1] or (), strict=True))
    other = {id for id, mark in marks.items() if known.get(id) != mark}
    return News(other, sorted(known.keys() - marks.keys()))
