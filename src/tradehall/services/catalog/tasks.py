"""Taking in files of products, some hundred rows at a time; telling of many products anew.

A turn of an import is one transaction: products, events, bad rows, the count, and the task for the next turn. So
whatever is killed whenever, no row counts twice, and none is left out.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec

from tradehall.contracts.catalog import ImportDue, ProductsToTell
from tradehall.contracts.stores import Store
from tradehall.kernel.bulk import give_way, stand_back_no_more
from tradehall.kernel.db import Tx
from tradehall.kernel.errors import Refusal
from tradehall.kernel.files import NoSuchFile, files_for
from tradehall.kernel.limits import PlanLimit, check_limit
from tradehall.kernel.service import TaskContext, work
from tradehall.services.catalog import importing, model, saving
from tradehall.services.catalog.attributes import Shelf
from tradehall.services.catalog.importing import AT_ONCE, Turn
from tradehall.services.catalog.imports.mapping import BadRow, Problem
from tradehall.services.catalog.imports.merging import Merged, merge
from tradehall.services.catalog.queries import categories, imports, many, products
from tradehall.services.catalog.queries.imports import Import, Met
from tradehall.services.catalog.queries.known import known

# A slug, SKU or brand that was free a moment ago may be another's now.
_TAKEN = (model.SlugTaken, model.SkuTaken, model.BrandTaken)
_REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, PlanLimit, *_TAKEN)

# Seconds for a row that is written, and for one that is only read: 50 000 in 75 s. Faster than this shoppers would wait.
WRITTEN, READ = 0.0015, 0.0003


class Pace:
    """In a process one turn at a time, whatever the number of stores that import: requests need the connections as well."""

    def __init__(self) -> None:
        self.alone = asyncio.Lock()
        self.rests_until = 0.0  # on the clock of `monotonic`; meanwhile the next turn's task is on its way


_pace = Pace()


@work(ImportDue)
async def take_in(task: ImportDue, context: TaskContext) -> None:
    async with _pace.alone:
        await asyncio.sleep(_pace.rests_until - time.monotonic())
        began = time.monotonic()
        async with context.running.bulk:
            written, read = await _take_in(task, context)
        _pace.rests_until = began + written * WRITTEN + read * READ


async def _take_in(task: ImportDue, context: TaskContext) -> tuple[int, int]:
    """How many rows were written, and how many only read."""
    async with context.transaction() as tx:
        now = await imports.one(tx, task.import_id)
    if now is None or not _is_due(now, task):
        return 0, 0
    store = await context.running.stores.get(context.store_id)
    files = files_for(context.running.settings)
    try:
        turn = await importing.next_turn(files, store.id, now, store.currency, now.at_once)
    except NoSuchFile:
        async with context.transaction() as tx:
            await imports.queue_up(tx)
            await importing.end(tx, now, "failed", "The file is gone.", task)
        return 0, 0
    try:
        done = await _do(context, task, turn, store)
    except _REFUSED as error:
        await _smaller(context, task, turn, error)
        return 0, len(turn.lines)
    if done is None:
        return 0, 0
    if done.finished_at:
        await files.delete(store.id, now.file)
    written = done.created + done.changed - now.created - now.changed
    return written, len(turn.lines) + len(turn.bad) - written


def _is_due(now: Import, task: ImportDue) -> bool:
    """A task may come twice, and after its import was cancelled."""
    return now.status == "running" and now.turn == task.turn


async def _do(context: TaskContext, task: ImportDue, turn: Turn, store: Store) -> Import | None:
    """The import after it; None where the turn was not due any more."""
    async with context.transaction() as tx:
        await imports.queue_up(tx)
        now = await imports.one(tx, task.import_id)
        if now is None or not _is_due(now, task):
            return None
        await categories.hold_structure(tx)
        await tx.plan_anew()  # by a plan made while the tables were small they would be read whole
        there = await known(tx, now, turn.lines, store.currency)
        merged, misfits = merge(turn.lines, there)
        await give_way()
        await _write(tx, now, await _with_slugs(tx, merged), there.shelves, store)
        at_once = min(AT_ONCE, now.at_once * 2)
        await _advance(tx, task, now, turn, [*turn.bad, *misfits], merged, at_once=at_once)
        return await imports.one(tx, now.id)


async def _write(tx: Tx, now: Import, merged: Sequence[Merged], shelves: Mapping[str, Shelf], store: Store) -> None:
    new = [one.product for one in merged if one.before is None]
    if new:
        await check_limit(tx, store, "products", products.count, adding=len(new))
    changed = [(one.before, one.product) for one in merged if one.before is not None and one.before != one.product]
    await saving.save_all(tx, new, changed, shelves, store.id)
    met = [
        Met(line.facts.sku, line.row.number, one.product.id, line.facts.parent)
        for one in merged
        for line, _ in one.lines
    ]
    await imports.meet(tx, now.id, met)


async def _with_slugs(tx: Tx, merged: Sequence[Merged]) -> list[Merged]:
    """New products whose rows do not say their slug get one that is free: with the SKU in it where the name's is not."""
    choices = {one.product.id: _slugs(one.product) for one in merged if one.before is None and not one.own_slug}
    taken = set(await many.slugs(tx, [slug for slugs in choices.values() for slug in slugs])) if choices else set()
    taken |= model.RESERVED_SLUGS | {one.product.slug for one in merged if one.product.id not in choices}
    found = []
    for one in merged:
        if one.product.id in choices:
            slug = next(slug for slug in choices[one.product.id] if slug not in taken)
            taken.add(slug)
            one = msgspec.structs.replace(one, product=msgspec.structs.replace(one.product, slug=slug))
        found.append(one)
    return found


def _slugs(product: model.Product) -> list[str]:
    with_sku = model.slug_of(f"{product.slug[:50]} {product.variants[0].sku}")
    return [product.slug, with_sku, f"{product.slug}-{product.id.hex[-12:]}"]


async def _advance(
    tx: Tx,
    task: ImportDue,
    now: Import,
    turn: Turn,
    bad: Sequence[BadRow],
    merged: Iterable[Merged],
    *,
    at_once: int,
) -> None:
    outcomes = Counter(outcome for one in merged for _, outcome in one.lines)
    done = msgspec.structs.replace(
        now,
        position=turn.position,
        row=turn.row,
        turn=now.turn + 1,
        at_once=at_once,
        created=now.created + outcomes["created"],
        changed=now.changed + outcomes["changed"],
        unchanged=now.unchanged + outcomes["unchanged"],
        bad=now.bad + len(bad),
    )
    await imports.refuse(tx, now.id, bad)
    await imports.advance(tx, done)
    if turn.ended:
        await importing.end(tx, now, "done", because=task)
    else:
        tx.emit(ImportDue(import_id=now.id, turn=done.turn), key=now.id, because=task)


async def _smaller(context: TaskContext, task: ImportDue, turn: Turn, error: Exception) -> None:
    """The database, or the store's plan, refused something: fewer rows at once, until the ones it is are alone, and bad."""
    async with context.transaction() as tx:
        await imports.queue_up(tx)
        now = await imports.one(tx, task.import_id)
        if now is None or not _is_due(now, task):
            return
        if now.at_once > 1:
            again = msgspec.structs.replace(now, turn=now.turn + 1, at_once=now.at_once // 2)
            await imports.advance(tx, again)
            tx.emit(ImportDue(import_id=now.id, turn=again.turn), key=now.id, because=task)
            return
        why = str(error) if isinstance(error, Refusal) else f"was refused by the database ({type(error).__name__})"
        wrong = [Problem("row", why, "")]
        bad = [*turn.bad, *(BadRow(line.row, wrong) for line in turn.lines)]
        await _advance(tx, task, now, turn, bad, (), at_once=1)


Telling = tuple[UUID, UUID, bool]  # store, product, as it is
_tellings: dict[Telling, asyncio.Task[None]] = {}


@work(ProductsToTell)
async def tell_again(task: ProductsToTell, context: TaskContext) -> None:
    """Each product once for all tasks that wait for it when its turn comes."""
    for product_id in task.product_ids:
        telling = (context.store_id, product_id, task.as_is)
        told = _tellings.get(telling)
        if told is None or told.done():
            told = _tellings[telling] = asyncio.create_task(_tell(telling, context))
        await asyncio.shield(told)


async def _tell(telling: Telling, context: TaskContext) -> None:
    """One transaction, and one at a time in a process, so that no reader or seller waits for many."""
    store_id, product_id, as_is = telling
    async with context.running.bulk:
        await stand_back_no_more()
        del _tellings[telling]
        async with context.transaction() as tx:
            await categories.hold_structure(tx)
            tell = saving.tell_again if as_is else saving.save_again
            await tell(tx, product_id, store_id)
