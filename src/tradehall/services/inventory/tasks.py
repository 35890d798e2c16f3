"""Work outside a transaction."""

from tradehall.contracts.inventory import StockToTell, WarehousesToTell
from tradehall.kernel.service import TaskContext, work
from tradehall.services.inventory import commands
from tradehall.services.inventory.changing import tell_warehouse
from tradehall.services.inventory.queries import warehouses


@work(StockToTell)
async def tell_stock(task: StockToTell, context: TaskContext) -> None:
    await commands.tell_all(context.db, context.store_id)


@work(WarehousesToTell)
async def tell_warehouses(task: WarehousesToTell, context: TaskContext) -> None:
    async with context.transaction() as tx:
        for warehouse in await warehouses.lock(tx):
            tell_warehouse(tx, warehouse)
