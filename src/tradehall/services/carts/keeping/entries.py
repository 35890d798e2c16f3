"""Carts as a server that speaks Redis's protocol holds them. Commands that DragonFly has too, no scripts.

<store>:cart:<g|a>:<guest's cart or account>   an Entry; without a time to live until it is in PostgreSQL too
<store>:carts:unwritten                        sorted set by time of <g|a>:<id>:<version> not in PostgreSQL yet
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, WatchError

from tradehall.kernel.errors import Away
from tradehall.services.carts.model import Cart, Owner

KEPT = 7 * 86400  # seconds without a change; then PostgreSQL alone has it
CONNECTIONS = 32
PATIENCE = 2.0  # seconds for an answer, and for a free connection


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """`server`: the run of the server on which the cart was last known to be current. `facts`: the latest events that
    had their effect on it; a consumer that dies between that and its commit hears them again."""

    server: str
    cart: Cart
    facts: list[str] = msgspec.field(default_factory=list)


class Mark(msgspec.Struct, frozen=True):
    """A version of a cart that is not in PostgreSQL yet."""

    owner: Owner
    version: int

    def __str__(self) -> str:
        return f"{_name(self.owner)}:{self.version}"

    @classmethod
    def read(cls, text: str) -> "Mark":
        kind, id, version = text.split(":")
        return cls(Owner(guest=UUID(id)) if kind == "g" else Owner(account=UUID(id)), int(version))


class Put(msgspec.Struct, frozen=True):
    """`before`: what was read, the bytes as they were. `unwritten`: PostgreSQL does not have it yet."""

    owner: Owner
    before: bytes | None
    after: Entry
    unwritten: bool = True


class Entries:
    """Every call raises Away where the server does not answer, or not as it should."""

    def __init__(self, url: str) -> None:
        self.server = ""
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=PATIENCE,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            # A connection that died while it lay idle; what is written is never sent twice (see `put`).
            retry=Retry(NoBackoff(), 1),
            redis_connect_func=self._greet,
            protocol=2,
        )
        self._client: Redis = Redis.from_pool(pool)

    async def _greet(self, connection: Any) -> None:
        """Asks each new connection which run of the server it leads to: another one may have forgotten changes."""
        await connection.on_connect()
        await connection.send_command("INFO")
        text = (await connection.read_response()).decode()
        info = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        self.server = info.get("run_id") or info.get("master_replid") or ""  # Redis's name for it, DragonFly's

    async def get(self, store_id: UUID, owners: Sequence[Owner]) -> dict[Owner, bytes | None]:
        with _answering():
            found: Any = await self._client.mget([_key(store_id, owner) for owner in owners])
        return dict(zip(owners, found, strict=True))

    async def put(self, store_id: UUID, puts: Sequence[Put]) -> bool:
        """All or none, and only where each is still as it was before; True where they were put."""
        keys = [_key(store_id, put.owner) for put in puts]
        with _answering():
            pipe: Any
            async with self._client.pipeline(transaction=True) as pipe:
                try:
                    await pipe.watch(*keys)
                    if await pipe.mget(keys) != [put.before for put in puts]:
                        return False
                    pipe.multi()
                    for key, put in zip(keys, puts, strict=True):
                        self._set(pipe, store_id, key, put)
                    await pipe.execute()
                except WatchError as error:
                    if error.__context__ is not None:
                        # The connection died, perhaps between EXEC and its answer: nobody knows whether it was put.
                        raise Away(f"carts' Redis: {error}") from error
                    return False
        return True

    def _set(self, pipe: Any, store_id: UUID, key: str, put: Put) -> None:
        content = msgspec.msgpack.encode(put.after)
        if put.unwritten:
            pipe.set(key, content)
            pipe.zadd(_unwritten(store_id), {str(Mark(put.owner, put.after.cart.version)): time.time()})
        else:
            pipe.set(key, content, ex=KEPT)

    async def overdue(self, store_ids: Sequence[UUID], age: float, most: int) -> dict[UUID, set[Mark]]:
        """What has waited to be written for `age` seconds or more: whoever was to do it is no more."""
        with _answering():
            async with self._client.pipeline(transaction=False) as pipe:
                for store_id in store_ids:
                    pipe.zrangebyscore(_unwritten(store_id), "-inf", time.time() - age, start=0, num=most)
                answers: list[list[bytes]] = await pipe.execute()
        return {
            store_id: {Mark.read(mark.decode()) for mark in marks}
            for store_id, marks in zip(store_ids, answers, strict=True)
            if marks
        }

    async def written(self, store_id: UUID, marks: Sequence[Mark]) -> None:
        """These are in PostgreSQL now, or something newer is."""
        with _answering():
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.zrem(_unwritten(store_id), *map(str, marks))
                for owner in {mark.owner for mark in marks}:
                    # One that was changed meanwhile lives on without end again once that is put.
                    pipe.expire(_key(store_id, owner), KEPT)
                await pipe.execute()

    async def close(self) -> None:
        await self._client.aclose(close_connection_pool=True)


def decoded(content: bytes) -> Entry:
    return msgspec.msgpack.decode(content, type=Entry)


def carts_in(found: Mapping[Owner, bytes | None]) -> list[Cart]:
    return [decoded(content).cart for content in found.values() if content is not None]


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise Away(f"carts' Redis: {type(error).__name__}") from error


def _name(owner: Owner) -> str:
    return f"g:{owner.guest}" if owner.guest is not None else f"a:{owner.account}"


def _key(store_id: UUID, owner: Owner) -> str:
    return f"{store_id}:cart:{_name(owner)}"


def _unwritten(store_id: UUID) -> str:
    return f"{store_id}:carts:unwritten"
