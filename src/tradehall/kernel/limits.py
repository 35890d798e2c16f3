"""What a store's plan allows, checked in the transaction that makes one more."""

from collections.abc import Awaitable, Callable
from typing import Literal

from tradehall.contracts.stores import Store
from tradehall.kernel.db import Tx
from tradehall.kernel.errors import Conflict

Limited = Literal["products", "staff", "warehouses"]

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1 || current_store()::text, 0))"


class PlanLimit(Conflict):
    """`extra`: limit, allowed, plan."""

    slug = "plan-limit"
    title = "The store's plan allows no more"


async def check_limit(
    tx: Tx, store: Store, limit: Limited, count: Callable[[Tx], Awaitable[int]], *, adding: int = 1
) -> None:
    """Raises PlanLimit where `adding` more would be too many. Whoever checks next waits until this transaction ends."""
    allowed: int | None = getattr(store.limits, limit)
    if allowed is None:
        return
    await tx.run(_LOCK, f"limit {limit} ")
    if await count(tx) + adding > allowed:
        raise PlanLimit(
            f"The plan {store.plan} allows {allowed} {limit}. Choose a larger plan to have more.",
            limit=limit,
            allowed=allowed,
            plan=store.plan,
        )
