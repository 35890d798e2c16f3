"""What nobody waits for."""

from tradehall.contracts.identity import ResetAsked, SellersToTell
from tradehall.kernel.service import TaskContext, work
from tradehall.services.identity import codes, commands, model, queries


@work(ResetAsked)
async def send_reset_code(task: ResetAsked, context: TaskContext) -> None:
    """Done twice it sends once, since another code has to wait."""
    store = await context.running.stores.get(context.store_id)
    secret = context.running.settings.secret
    async with context.transaction() as tx:
        account = await queries.account_by_email(tx, task.email)
        await codes.issue(tx, store, secret, "password_reset", model.digest(task.email), account, task.email)


@work(SellersToTell)
async def tell_sellers(task: SellersToTell, context: TaskContext) -> None:
    await commands.tell_all(context.db, context.store_id)
