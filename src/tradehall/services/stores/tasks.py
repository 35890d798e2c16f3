"""What time brings: a domain's proof is looked for again, a subscription goes on, a signup runs out."""

from contextlib import suppress
from datetime import UTC, datetime

from tradehall.contracts.stores import DomainCheckDue, RenewalDue, SignupExpiryDue
from tradehall.kernel.service import TaskContext, work
from tradehall.services.stores import billing, provisioning
from tradehall.services.stores.dns import dns_for
from tradehall.services.stores.model import DnsSilent, DomainTaken, NotProved, UnknownDomain
from tradehall.services.stores.proving import look_again, settle
from tradehall.services.stores.queries import domains, signups


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


@work(RenewalDue)
async def go_on(task: RenewalDue, context: TaskContext) -> None:
    async with context.transaction() as tx:
        changed = await billing.step(tx, context.store_id, task.due)
    if changed is not None:
        context.running.stores.put(changed)


@work(SignupExpiryDue)
async def end_signup(task: SignupExpiryDue, context: TaskContext) -> None:
    """Not while a card is being charged; where something has happened since, another timer is set."""
    async with context.transaction() as tx:
        signup = await signups.lock(tx, task.signup_id)
        open_still = signup is not None and signup.status in ("unproven", "waiting", "declined")
        if signup is not None and open_still and signup.expires_at <= datetime.now(UTC):
            await provisioning.expire(tx, signup)
