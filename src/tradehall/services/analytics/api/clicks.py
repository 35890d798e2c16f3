"""Taking clicks from pages, and what the store decides about that."""

import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.errors import BadRequest, Forbidden, Invalid, TooMany, Unsupported
from tradehall.kernel.http import SAME_FOR_ALL
from tradehall.kernel.origin import address_of
from tradehall.kernel.runtime import Running
from tradehall.kernel.validate import problems
from tradehall.services.analytics import watching
from tradehall.services.analytics.intake import intake_of
from tradehall.services.analytics.model import Clicks, NewClicks, Settings
from tradehall.services.analytics.queries import settings as decided

AGREED = "clicks"  # the cookie of who agreed; its value is the visitor's number
MOST_BYTES = 16 * 1024
KNOWN_FOR = 2.0  # seconds for which what a store decided is believed
_BODIES = ("text/plain", "application/json")

_decoder = msgspec.json.Decoder(NewClicks)
_addresses = watching.Addresses()
_decided: dict[UUID, tuple[float, Clicks]] = {}


class Rule(msgspec.Struct, frozen=True):
    """off: pages tell nothing. counted: they tell without any mark on the visitor. asked: only of who agreed."""

    clicks: Clicks


@post("/api/v1/clicks", access=ANYONE, status_code=204, request_max_body_size=MOST_BYTES)
async def take_clicks(
    request: Request[Any, Any, Any],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> None:
    """Up to 50 at once, as `{"clicks": [{"kind": "product", "product": "…", "ago": 1200}]}`, also as text/plain, which
    is what beacons send. 204: they are stored, or are not to be counted. No address is kept."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Forbidden("Clicks are told by the store's own pages.")
    if not request.headers.get("content-type", "").startswith(_BODIES):
        raise Unsupported("Clicks come as JSON, or as text/plain.")
    clicks = _read(await request.body())
    if watching.refuses(request.headers) or watching.is_program(request.headers.get("user-agent", "")):
        return
    rule = await _rule(db, store.id)
    visitor = _visitor(request) if rule == "asked" else None
    if rule == "off" or (rule == "asked" and visitor is None):
        return
    if wait := _addresses.wait(address_of(request), len(clicks.clicks)):
        raise TooMany("Too many clicks from this address.", headers={"retry-after": str(wait)})
    await intake_of(running).take(store, clicks.clicks, visitor, datetime.now(UTC))


def _read(body: bytes) -> NewClicks:
    """Raises BadRequest, Invalid."""
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError:
        raise Invalid("Some fields are not right.", errors=problems(NewClicks, msgspec.json.decode(body))) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadRequest("The body is no JSON.") from None


def _visitor(request: Request[Any, Any, Any]) -> UUID | None:
    try:
        return UUID(request.cookies.get(AGREED, ""))
    except ValueError:
        return None


async def _rule(db: Database, store_id: UUID) -> Clicks:
    known = _decided.get(store_id)
    if known is None or known[0] < time.monotonic():
        async with db.transaction(store_id) as tx:
            rule = (await decided.read(tx)).clicks
        known = _decided[store_id] = (time.monotonic() + KNOWN_FOR, rule)
    return known[1]


@get("/api/v1/clicks/rule", access=ANYONE, response_headers=SAME_FOR_ALL)
async def show_rule(store: NamedDependency[Store], db: NamedDependency[Database]) -> Rule:
    async with db.transaction(store.id) as tx:
        return Rule((await decided.read(tx)).clicks)


@get("/api/v1/analytics/settings", access=STORE_ADMIN)
async def show_settings(store: NamedDependency[Store], db: NamedDependency[Database]) -> Settings:
    async with db.transaction(store.id) as tx:
        return await decided.read(tx)


@put("/api/v1/analytics/settings", access=STORE_ADMIN)
async def save_settings(
    data: JSONBody[Settings],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Settings:
    """Another margin is that of sales to come: those that were made keep the cost they were noted with."""
    async with db.transaction(store.id) as tx:
        await decided.save(tx, data)
    _decided.pop(store.id, None)
    running.answers.drop(store.id)
    return data


routes = [take_clicks, show_rule, show_settings, save_settings]
