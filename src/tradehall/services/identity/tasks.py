"""What nobody waits for."""

from tradehall.contracts.identity import ResetAsked
from tradehall.kernel.service import TaskContext, work
from tradehall.services.identity import codes, model, queries


@work(ResetAsked)
async def send_reset_code(task: ResetAsked, context: TaskContext) -> None:
    """Done twice it sends once, since another code has to wait."""
    store = await context.running.stores.get(context.store_id)
    secret = context.running.settings.secret
    async with context.transaction() as tx:
        account = await queries.account_by_email(tx, task.email)
        await codes.issue(tx, store, secret, "password_reset", model.digest(task.email), account, task.email)
