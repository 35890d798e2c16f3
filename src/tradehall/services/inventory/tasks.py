"""Work outside a transaction."""

from tradehall.contracts.inventory import StockToTell
from tradehall.kernel.service import TaskContext, work
from tradehall.services.inventory import commands


@work(StockToTell)
async def tell_stock(task: StockToTell, context: TaskContext) -> None:
    await commands.tell_all(context.db, context.store_id)
