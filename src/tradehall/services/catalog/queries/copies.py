"""SQL of what filters look at beside the products: copies of their tags, and of what they say of attributes."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from tradehall.kernel.db import Tx, columns
from tradehall.services.catalog.attributes import Value

_TAGS = "unnest($1::uuid[], $2::text[]) AS n(product_id, tag)"
_VALUES = (
    "unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::float8[], $6::text[]) "
    "AS n(product_id, position, attribute_id, value, number, misfit)"
)
_ADD_TAGS = f"INSERT INTO product_tags (product_id, tag) SELECT * FROM {_TAGS} ON CONFLICT DO NOTHING"
_KEEP_TAGS = f"""
DELETE FROM product_tags t WHERE t.product_id = ANY ($3) AND NOT EXISTS (
  SELECT FROM {_TAGS} WHERE n.product_id = t.product_id AND n.tag = t.tag)
"""
_ADD_VALUES = f"""
INSERT INTO attribute_values (product_id, position, attribute_id, value, number, misfit)
SELECT * FROM {_VALUES} ON CONFLICT DO NOTHING
"""
_KEEP_VALUES = f"""
DELETE FROM attribute_values v WHERE v.product_id = ANY ($7) AND NOT EXISTS (
  SELECT FROM {_VALUES}
  WHERE n.product_id = v.product_id AND n.position = v.position AND n.attribute_id = v.attribute_id
    AND n.value IS NOT DISTINCT FROM v.value AND n.number IS NOT DISTINCT FROM v.number
    AND n.misfit IS NOT DISTINCT FROM v.misfit)
"""


async def add_tags(tx: Tx, tags: Mapping[UUID, Sequence[str]]) -> None:
    """By product."""
    if rows := _tag_rows(tags):
        await tx.run(_ADD_TAGS, *columns(rows))


async def replace_tags(tx: Tx, tags: Mapping[UUID, Sequence[str]]) -> None:
    """All tags of these products; what stays the same is not written."""
    await tx.run(_KEEP_TAGS, *_by_column(_tag_rows(tags), 2), list(tags))
    await add_tags(tx, tags)


async def add_values(tx: Tx, values: Mapping[UUID, Sequence[Value]]) -> None:
    """By product."""
    if rows := _value_rows(values):
        await tx.run(_ADD_VALUES, *columns(rows))


async def replace_values(tx: Tx, values: Mapping[UUID, Sequence[Value]]) -> None:
    """All that these products say of attributes; what stays the same is not written."""
    await tx.run(_KEEP_VALUES, *_by_column(_value_rows(values), 6), list(values))
    await add_values(tx, values)


def _tag_rows(tags: Mapping[UUID, Sequence[str]]) -> list[tuple[UUID, str]]:
    return [(product_id, tag) for product_id, of_product in tags.items() for tag in dict.fromkeys(of_product)]


def _value_rows(values: Mapping[UUID, Sequence[Value]]) -> list[tuple[object, ...]]:
    return [
        (product_id, value.position, value.attribute_id, value.value, value.number, value.misfit)
        for product_id, of_product in values.items()
        for value in of_product
    ]


def _by_column(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """As many as the statement asks for, without any row too."""
    return [[row[n] for row in rows] for n in range(width)]
