"""What the store has of what some rows name."""

from collections.abc import Sequence

from tradehall.kernel.db import Tx
from tradehall.services.catalog.imports.mapping import Line
from tradehall.services.catalog.imports.merging import Known
from tradehall.services.catalog.queries import attributes, brands, imports, many, products
from tradehall.services.catalog.queries.imports import Import


async def known(tx: Tx, importing: Import, lines: Sequence[Line], currency: str) -> Known:
    """Products that the rows may change are locked until the transaction ends. What holds in categories stays as it is
    where their structure is held."""
    facts = [line.facts for line in lines]
    skus = [one.sku for one in facts]
    parents = list({one.parent for one in facts if one.parent})
    handles = list({one.handle for one in facts if one.handle})
    named = list({one.seller for one in facts if one.seller})
    spelled = {one.brand.strip() for one in facts if isinstance(one.brand, str)} - {""}
    met = await imports.met(tx, importing.id, skus, parents)
    owners = await many.owners(tx, skus)
    by_handle = await many.slugs(tx, handles) if handles else {}
    by_parent = {one.parent: one.product_id for one in met if one.parent is not None}
    ids = sorted({*owners.values(), *by_handle.values(), *by_parent.values()})
    found = await products.lock_all(tx, ids) if ids else {}
    categories = {one.category for one in facts if isinstance(one.category, str)}
    categories |= {one.category for one in found.values() if one.category is not None}
    there = await brands.by_name(tx, spelled) if spelled else {}
    return Known(
        currency=currency,
        seller_id=importing.seller_id,
        products=found,
        owners=owners,
        handles=by_handle,
        parents=by_parent,
        rows={one.sku: one.row for one in met if one.sku in set(skus)},
        begun=await imports.begun(tx, importing.id, ids) if ids else frozenset(),
        sellers=await many.sellers(tx, named) if named else {},
        shelves=await attributes.shelves(tx, categories) if categories else {},
        brands={said: brand.name for said, brand in there.items()},
    )
