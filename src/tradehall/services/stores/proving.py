"""Whose a domain is: whoever has the own token in the DNS now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from tradehall.contracts.stores import DomainCheckDue, DomainProofLost, Store
from tradehall.kernel.db import Database, Tx
from tradehall.services.stores import model
from tradehall.services.stores.changing import change, current
from tradehall.services.stores.dns import Dns
from tradehall.services.stores.model import Domain, DomainTaken, UnknownDomain
from tradehall.services.stores.queries import domains, stores


async def settle(db: Database, dns: Dns, store_id: UUID, host: str) -> list[Store]:
    """Asks the DNS about a claim and notes the answer. Returns the stores whose hosts changed by it.

    Raises UnknownDomain, NotProved, DomainTaken, DnsSilent.
    """
    async with db.transaction(store_id) as tx:
        claim = await domains.one(tx, host)
    if claim is None:
        raise UnknownDomain()
    texts = await dns.texts(model.record_name(host))
    async with db.transaction(store_id) as tx:
        claim = await domains.lock(tx, host)
        if claim is None:
            raise UnknownDomain()
        if model.proves(claim, texts):
            return await _proved(tx, store_id, claim, texts)
        await _missing(tx, claim, texts)
    raise model.NotProved(
        f"The TXT record {model.record_name(host)} does not hold {model.PROOF}{claim.token}.",
        found=texts,
    )


async def _proved(tx: Tx, store_id: UUID, claim: Domain, texts: Sequence[str]) -> list[Store]:
    host = claim.host
    changed: list[Store] = []
    holder = await stores.owner(tx, host)
    if holder not in (None, store_id):
        assert holder is not None
        changed += await _take_from(tx, holder, host, texts)
        await tx.enter(store_id)
    store = await current(tx, store_id)
    if host not in store.hosts:
        changed.append(await change(tx, store_id, hosts=[*store.hosts, host]))
    await domains.note_proved(tx, host, texts)
    if claim.proved_at is None:
        await look_again(tx, host)
    return changed


async def _take_from(tx: Tx, holder: UUID, host: str, texts: Sequence[str]) -> list[Store]:
    """The store that has the host so far gives it up, unless its own proof stands in the DNS too, or an operator gave
    it, or it has no other. Raises DomainTaken."""
    await tx.enter(holder)
    claim = await domains.lock(tx, host)
    store = await current(tx, holder)
    left = [name for name in store.hosts if name != host]
    if claim is None or model.proves(claim, texts) or not left:
        raise DomainTaken(f"{host} is another store's, whose proof still stands.")
    await domains.forget_proof(tx, host)
    return [await change(tx, holder, hosts=left)]


async def _missing(tx: Tx, claim: Domain, texts: Sequence[str]) -> None:
    if await domains.note_missing(tx, claim.host, texts):
        lost = DomainProofLost(host=claim.host, found=list(texts), checked_at=datetime.now(UTC))
        tx.emit(lost, key=claim.host)


async def look_again(tx: Tx, host: str) -> None:
    """Sets the timer; one that was set before counts no more."""
    due = datetime.now(UTC) + model.CHECK_AGAIN
    await domains.set_next_check(tx, host, due)
    tx.emit(DomainCheckDue(host=host, due=due), key=host, at=due)
