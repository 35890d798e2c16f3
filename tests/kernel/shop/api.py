"""Routes that do what the kernel's HTTP tests ask about."""

import asyncio
import itertools
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from tests.kernel.shop.events import Asked
from tradehall.contracts.stores import Store
from tradehall.contracts.values import Money
from tradehall.kernel import errors
from tradehall.kernel.access import ANYONE, PEERS, SELLER, SIGNED_IN, STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database, Tx
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.idempotency import Key, Repeated, keep, once
from tradehall.kernel.paging import Page, decode_cursor, page
from tradehall.kernel.together import together

Amount = Annotated[int, Meta(ge=1, le=999)]
served = 0
numbers = itertools.count()
batches: list[int] = []  # of purchases made together


class Part(msgspec.Struct, frozen=True, kw_only=True):
    sku: Annotated[str, Meta(pattern="^[A-Z]+$")]
    quantity: Amount


class Box(msgspec.Struct, frozen=True, kw_only=True, tag="box", tag_field="kind"):
    width: Amount
    height: Amount


class Tube(msgspec.Struct, frozen=True, kw_only=True, tag="tube", tag_field="kind"):
    length: Amount


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=1, max_length=20)]
    price: Money
    parts: Annotated[list[Part], Meta(min_length=1, max_length=3)]
    spare: Part | None = None
    shape: Box | Tube | None = None
    code: int | str = 0
    colour: Literal["red", "blue"] = "red"
    tags: dict[str, Amount] = {}
    owner: UUID | None = None
    corners: tuple[Amount, Amount] = (1, 1)


class Answer(msgspec.Struct, frozen=True):
    number: int


class Note(msgspec.Struct, frozen=True):
    seq: int
    name: str


@post("/api/v1/things", access=ANYONE)
async def make_thing(data: JSONBody[Thing]) -> Thing:
    return data


@get("/api/v1/things", access=ANYONE, response_headers=SAME_FOR_ALL, sync_to_thread=False)
def things(store: NamedDependency[Store]) -> dict[str, Any]:
    global served
    served += 1
    return {"store": store.slug, "served": served}


@get("/api/v1/things/{number:int}", access=ANYONE, sync_to_thread=False)
def thing(number: FromPath[int], exact: FromQuery[bool] = False) -> dict[str, Any]:
    return {"number": number, "exact": exact}


REFUSALS = {
    "bad-request": errors.BadRequest,
    "invalid": errors.Invalid,
    "unauthorized": errors.Unauthorized,
    "forbidden": errors.Forbidden,
    "not-found": errors.NotFound,
    "conflict": errors.Conflict,
    "too-large": errors.TooLarge,
    "unsupported-media-type": errors.Unsupported,
    "too-many-requests": errors.TooMany,
    "busy": errors.Busy,
}


@get("/api/v1/refusals/{slug:str}", access=ANYONE, sync_to_thread=False)
def refuse(slug: FromPath[str]) -> None:
    raise REFUSALS[slug]("because")


@get("/api/v1/crash", access=ANYONE, sync_to_thread=False)
def crash() -> None:
    raise RuntimeError("secret detail")


@get("/api/v1/away", access=ANYONE, sync_to_thread=False)
def away() -> None:
    raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


@get("/api/v1/me", access=SIGNED_IN, sync_to_thread=False)
def me(caller: NamedDependency[Principal]) -> dict[str, Any]:
    return {"user_id": caller.user_id}


@get("/api/v1/admin", access=STORE_ADMIN, sync_to_thread=False)
def admin() -> dict[str, Any]:
    return {}


@get("/api/v1/seller", access=SELLER, sync_to_thread=False)
def seller() -> dict[str, Any]:
    return {}


@get("/internal/v1/peer", access=PEERS, sync_to_thread=False)
def peer() -> dict[str, Any]:
    return {"peer": True}


@post("/api/v1/notes", access=ANYONE)
async def write_note(
    data: JSONBody[dict[str, Any]], db: NamedDependency[Database], store: NamedDependency[Store]
) -> Answer:
    async with db.transaction(store.id) as tx:
        return Answer(
            await tx.scalar(
                "INSERT INTO notes (name, number) VALUES ($1, $2) RETURNING seq", data["name"], data.get("number", 0)
            )
        )


@put("/api/v1/notes/{seq:int}", access=SELLER)
async def rename_note(
    seq: FromPath[int],
    data: JSONBody[dict[str, Any]],
    db: NamedDependency[Database],
    store: NamedDependency[Store],
) -> None:
    async with db.transaction(store.id) as tx:  # looks, and changes nothing
        found = await tx.scalar("SELECT true FROM notes WHERE seq = $1", seq)
    async with db.transaction(store.id) as tx:
        await tx.run("UPDATE notes SET name = $2 WHERE seq = $1", seq, data["name"])
        if data.get("refuse") or not found:
            raise errors.Conflict("not now")


@get("/api/v1/notes", access=ANYONE)
async def notes(
    db: NamedDependency[Database], store: NamedDependency[Store], cursor: FromQuery[str | None] = None
) -> Page[Note]:
    (after, _) = decode_cursor(cursor, int, str) if cursor else (0, "")
    async with db.transaction(store.id) as tx:
        found = await tx.all(Note, "SELECT seq, name FROM notes WHERE seq > $1 ORDER BY seq LIMIT 3", after)
    return page(found, 2, lambda note: (note.seq, note.name))


@post("/api/v1/purchases", access=ANYONE)
async def purchase(
    request: Request[Any, Any, Any],
    data: JSONBody[dict[str, Any]],
    db: NamedDependency[Database],
    store: NamedDependency[Store],
    principal: NamedDependency[Principal | None],
) -> Response[bytes]:
    key = await Key.of(request, str(principal.user_id) if principal else "guest")
    return await once(db, store.id, key, lambda: together(db, store.id, (key, data), _purchase), status=201)


async def _purchase(asked: list[tuple[Key, dict[str, Any]]], tx: Tx) -> list[bytes | Exception]:
    batches.append(len(asked))
    for _, data in asked:
        await asyncio.sleep(data.get("takes", 0))
        if data.get("breaks"):
            raise errors.Conflict("broken")
    wanted = [(key, data, msgspec.json.encode(Answer(next(numbers)))) for key, data in asked if not data.get("refuse")]
    kept = await keep(tx, [(tx.store_of(None), key, answer) for key, _, answer in wanted], status=201)
    results: list[bytes | Exception] = []
    made = iter(zip(wanted, kept, strict=True))
    for _, data in asked:
        if data.get("refuse"):
            results.append(errors.Conflict("not now"))
            continue
        (_, _, answer), first = next(made)
        results.append(answer if first else Repeated())
        if first:
            await tx.run("INSERT INTO notes (name, number) VALUES ($1, 1)", data.get("note", "purchase"))
    return results


@post("/api/v1/asked", access=ANYONE)
async def ask(data: JSONBody[dict[str, str]], db: NamedDependency[Database], store: NamedDependency[Store]) -> None:
    async with db.transaction(store.id) as tx:
        tx.emit(Asked(name=data["name"]), key=data["name"])


routes = [
    make_thing, things, thing, refuse, crash, away, me, admin, seller, peer, write_note, rename_note, notes, purchase, ask,
]  # fmt: skip
