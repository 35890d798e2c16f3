"""SQL of plans."""

import msgspec

from tradehall.kernel.db import Tx
from tradehall.services.stores.plans import Plan

_COLUMNS = "code, name, sentence, price, currency, cycles, limits, theme, public, position"


async def save(tx: Tx, plan: Plan) -> None:
    await tx.run(
        f"INSERT INTO plans ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
        "ON CONFLICT (code) DO UPDATE SET name = excluded.name, sentence = excluded.sentence, price = excluded.price, "
        "currency = excluded.currency, cycles = excluded.cycles, limits = excluded.limits, theme = excluded.theme, "
        "public = excluded.public, position = excluded.position, updated_at = now()",
        plan.code,
        plan.name,
        plan.sentence,
        plan.price,
        plan.currency,
        msgspec.to_builtins(plan.cycles),
        msgspec.to_builtins(plan.limits),
        plan.theme,
        plan.public,
        plan.position,
    )


async def find(tx: Tx, code: str) -> Plan | None:
    return await tx.one(Plan, f"SELECT {_COLUMNS} FROM plans WHERE code = $1", code)


async def listed(tx: Tx, *, public_only: bool) -> list[Plan]:
    return await tx.all(
        Plan, f"SELECT {_COLUMNS} FROM plans WHERE public OR NOT $1 ORDER BY position, code", public_only
    )
