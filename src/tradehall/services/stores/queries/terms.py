"""SQL of the platform's own terms; rows of its own id."""

import msgspec

from tradehall.kernel.db import Tx
from tradehall.kernel.ids import NO_STORE
from tradehall.services.stores.bills import AS_IT_WAS, Terms

_SELECT = (
    "SELECT methods, issuer, jsonb_build_object('name', tax_name, 'rate', tax_rate, 'included', tax_included) AS tax "
    "FROM platform_terms"
)


async def platform(tx: Tx) -> Terms:
    """In whichever store's transaction; it stays that one's."""
    at = tx.store_id
    await tx.enter(NO_STORE)
    found = await tx.one(Terms, _SELECT)
    if at is not None:
        await tx.enter(at)
    return found or AS_IT_WAS


async def save(tx: Tx, terms: Terms) -> None:
    await tx.run(
        "INSERT INTO platform_terms (methods, issuer, tax_name, tax_rate, tax_included) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (store_id) DO UPDATE SET methods = excluded.methods, issuer = excluded.issuer, "
        "tax_name = excluded.tax_name, tax_rate = excluded.tax_rate, tax_included = excluded.tax_included, updated_at = now()",
        terms.methods,
        terms.issuer,
        *msgspec.structs.astuple(terms.tax),
    )
