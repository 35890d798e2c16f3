"""Which messages a reader wants, and by which ways; besides those that have to be known."""

import hmac
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from tradehall.contracts.notifications import Channel
from tradehall.contracts.stores import Store
from tradehall.kernel.access import ANYONE, SIGNED_IN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Invalid
from tradehall.kernel.runtime import Running
from tradehall.services.notifications import model
from tradehall.services.notifications.model import CHOOSABLE, KINDS, BadLink, Group, stop_token
from tradehall.services.notifications.queries import choices

Token = Annotated[str, Meta(max_length=100, pattern=r"^[\x20-\x7e]*$")]
AskedToken = Annotated[str, QueryParameter(max_length=100, pattern=r"^[\x20-\x7e]*$")]


class GroupChoices(msgspec.Struct, frozen=True, kw_only=True):
    """`channels` are those that can be chosen, `always` those by which messages of this kind come in any case: `templates` of it."""

    channels: dict[Channel, bool]
    always: dict[str, list[Channel]]


class MessageChoices(msgspec.Struct, frozen=True, kw_only=True):
    kinds: dict[Group, GroupChoices]


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    kinds: dict[Group, dict[Channel, bool]]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """As a link in a mail says."""

    person: UUID
    token: Token


class LinkChosen(Link, frozen=True, kw_only=True):
    kinds: dict[Group, dict[Channel, bool]]


class Stop(Link, frozen=True, kw_only=True):
    """No more mails of this kind."""

    kind: Group = "reminders"


@get("/api/v1/me/message-choices", access=SIGNED_IN)
async def message_choices(
    store: NamedDependency[Store], caller: NamedDependency[Principal], db: NamedDependency[Database]
) -> MessageChoices:
    async with db.transaction(store.id) as tx:
        return _shown(await choices.of_reader(tx, caller.user_id))


@put("/api/v1/me/message-choices", access=SIGNED_IN)
async def choose_messages(
    data: JSONBody[Chosen],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> MessageChoices:
    return await _choose(db, store.id, caller.user_id, data.kinds)


@get("/api/v1/message-choices", access=ANYONE)
async def linked_choices(
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
    person: FromQuery[UUID],
    token: FromQuery[AskedToken],
) -> MessageChoices:
    """For who has the link of a mail. Raises BadLink."""
    _check(running, store, person, token)
    async with db.transaction(store.id) as tx:
        return _shown(await choices.of_reader(tx, person))


@put("/api/v1/message-choices", access=ANYONE)
async def choose_by_link(
    data: JSONBody[LinkChosen],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> MessageChoices:
    _check(running, store, data.person, data.token)
    return await _choose(db, store.id, data.person, data.kinds)


@post("/api/v1/reminders/stop", access=ANYONE, status_code=200)
async def stop_messages(
    data: JSONBody[Stop],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> MessageChoices:
    """By one click, without logging in (RFC 8058). Raises BadLink."""
    _check(running, store, data.person, data.token)
    if "email" not in CHOOSABLE[data.kind]:
        raise Invalid.field("kind", "cannot be stopped")
    return await _choose(db, store.id, data.person, {data.kind: {"email": False}})


def _check(running: Running, store: Store, person: UUID, token: str) -> None:
    """Raises BadLink."""
    if not hmac.compare_digest(stop_token(running.settings.secret, store.id, person), token):
        raise BadLink()


async def _choose(
    db: Database, store_id: UUID, reader_id: UUID, kinds: Mapping[Group, Mapping[Channel, bool]]
) -> MessageChoices:
    """Raises Invalid for what cannot be chosen."""
    chosen = {(group, channel): wanted for group, ways in kinds.items() for channel, wanted in ways.items()}
    for group, channel in chosen:
        if channel not in CHOOSABLE[group]:
            raise Invalid.field(f"kinds.{group}.{channel}", "cannot be chosen")
    async with db.transaction(store_id) as tx:
        await choices.save(tx, reader_id, chosen)
        return _shown(await choices.of_reader(tx, reader_id))


def _shown(chosen: model.Choices) -> MessageChoices:
    return MessageChoices(
        kinds={
            group: GroupChoices(
                channels={channel: model.chosen(chosen, group, channel) for channel in channels},
                always={
                    template: sorted(kind.always)
                    for template, kind in KINDS.items()
                    if kind.group == group and kind.always and template not in ("signup_code", "subscription")
                },
            )
            for group, channels in CHOOSABLE.items()
        }
    )


routes = [message_choices, choose_messages, linked_choices, choose_by_link, stop_messages]
