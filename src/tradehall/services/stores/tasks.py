"""The proof of a domain is looked for again from time to time."""

from contextlib import suppress

from tradehall.contracts.stores import DomainCheckDue
from tradehall.kernel.service import TaskContext, work
from tradehall.services.stores.dns import dns_for
from tradehall.services.stores.model import DnsSilent, DomainTaken, NotProved, UnknownDomain
from tradehall.services.stores.proving import look_again, settle
from tradehall.services.stores.queries import domains


@work(DomainCheckDue)
async def check_domain(task: DomainCheckDue, context: TaskContext) -> None:
    """A proof that is lost is told, and nothing else. A DNS that does not answer says nothing either way."""
    async with context.transaction() as tx:
        claim = await domains.one(tx, task.host)
    if claim is None or claim.next_check_at != task.due:
        return
    with suppress(NotProved, DnsSilent, DomainTaken, UnknownDomain):
        for store in await settle(context.db, dns_for(context.running.settings), context.store_id, task.host):
            context.running.stores.put(store)
    async with context.transaction() as tx:
        await look_again(tx, task.host)
