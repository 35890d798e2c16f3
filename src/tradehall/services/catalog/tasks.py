"""Telling of many products anew, some at a time."""

from tradehall.contracts.catalog import ProductsToTell
from tradehall.kernel.service import TaskContext, work
from tradehall.services.catalog import saving
from tradehall.services.catalog.queries import categories


@work(ProductsToTell)
async def tell_again(task: ProductsToTell, context: TaskContext) -> None:
    """One transaction each, so that no reader or seller waits for many."""
    for product_id in task.product_ids:
        async with context.transaction() as tx:
            await categories.hold_structure(tx)
            await saving.save_again(tx, product_id, context.store_id)
