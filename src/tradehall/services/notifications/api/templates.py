"""A store's own words for what it sends: written, looked at, tried, undone."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter
from msgspec import Meta

from tradehall.contracts.notifications import Channel
from tradehall.contracts.stores import Store
from tradehall.kernel.access import STORE_ADMIN
from tradehall.kernel.auth import Principal
from tradehall.kernel.db import Database
from tradehall.kernel.errors import Conflict, FieldError, Invalid, NotFound, Refusal
from tradehall.kernel.ids import uuid7
from tradehall.kernel.runtime import Running
from tradehall.services.notifications import own_words, samples
from tradehall.services.notifications.channels import Later, Never, Parcel
from tradehall.services.notifications.channels.email import Email
from tradehall.services.notifications.languages import SHIPPED, Shipped, chain, language_of, shipped
from tradehall.services.notifications.model import CHANNELS, KINDS, Template, mailable
from tradehall.services.notifications.queries import people, wordings
from tradehall.services.notifications.queries.wordings import Wording
from tradehall.services.notifications.rendering import PARTS, Mail, fill

TemplateName = Annotated[str, PathParameter(pattern=r"^[a-z_]{1,60}$(?!\n)")]
Locale = Annotated[str, PathParameter(pattern=r"^[a-z]{2}(-[A-Z]{2})?$(?!\n)")]


class UnknownTemplate(NotFound):
    slug = "unknown-template"
    title = "There is no such template"


class NotLatest(Conflict):
    slug = "not-latest"
    title = "Somebody else has changed it meanwhile"


class NoMailServer(Conflict):
    slug = "no-mail-server"
    title = "There is no mail server to try it with"


class NotTaken(Refusal):
    status = 503
    slug = "mail-not-taken"
    title = "The mail server did not take it"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Parts that are left out are what we ship."""

    subject: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    text: Annotated[str, Meta(min_length=1, max_length=20_000)] | None = None
    html: Annotated[str, Meta(min_length=1, max_length=50_000)] | None = None
    short: Annotated[str, Meta(min_length=1, max_length=1_000)] | None = None


class Written(Source, frozen=True, kw_only=True):
    """`replaces`: the version that was read before, 0 where there was none."""

    replaces: Annotated[int, Meta(ge=0)] | None = None


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """Which version is to count again; 0: what we ship."""

    version: Annotated[int, Meta(ge=0)]


class TemplateSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`own`: in which locales the store has words of its own."""

    template: str
    group: str
    always: list[Channel]
    ways: list[Channel]
    own: list[str]


class Templates(msgspec.Struct, frozen=True, kw_only=True):
    """`languages` are those we ship, and those the store has or needs besides."""

    items: list[TemplateSummary]
    languages: list[str]


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    created_at: datetime
    created_by: UUID
    own: bool


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is what counts, `ours` what we ship, `own` the parts that are the store's. `parts` are those it has."""

    template: str
    locale: str
    version: int
    parts: list[str]
    own: list[str]
    source: dict[str, str]
    ours: dict[str, str]
    variables: dict[str, str]
    filters: list[str]
    versions: list[VersionView]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    text: str
    html: str
    short: str


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    to: str


def _known(name: str) -> Template:
    """Raises UnknownTemplate."""
    for template in samples.EDITABLE:
        if template == name:
            return template
    raise UnknownTemplate()


@get("/api/v1/notifications/templates", access=STORE_ADMIN)
async def list_templates(store: NamedDependency[Store], db: NamedDependency[Database]) -> Templates:
    async with db.transaction(store.id) as tx:
        own = [found for found in await wordings.all_current(tx) if found.own]
    items = [
        TemplateSummary(
            template=name,
            group=KINDS[name].group,
            always=[way for way in CHANNELS if way in KINDS[name].always],
            ways=[way for way in CHANNELS if way in KINDS[name].ways],
            own=[found.locale for found in own if found.template == name],
        )
        for name in samples.EDITABLE
    ]
    others = [] if set(chain(store.locale)[:2]) & set(SHIPPED) else [store.locale]
    languages = dict.fromkeys([*others, *SHIPPED, *(found.locale for found in own)])
    return Templates(items=items, languages=list(languages))


@get("/api/v1/notifications/templates/{template:str}/{locale:str}", access=STORE_ADMIN)
async def show_template(
    template: FromPath[TemplateName],
    locale: FromPath[Locale],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
) -> TemplateView:
    return await _view(db, store, _known(template), locale)


async def _view(db: Database, store: Store, template: Template, locale: str) -> TemplateView:
    async with db.transaction(store.id) as tx:
        versions = await wordings.versions(tx, template, locale)
    ours = _ours(template, locale)
    latest = versions[0] if versions else None
    own = {part: getattr(latest, part) for part in ours if latest and getattr(latest, part) is not None}
    return TemplateView(
        template=template,
        locale=locale,
        version=latest.version if latest else 0,
        parts=list(ours),
        own=list(own),
        source=ours | own,
        ours=ours,
        variables=samples.variables(template),
        filters=sorted(own_words.FILTERS),
        versions=[
            VersionView(version=one.version, created_at=one.created_at, created_by=one.created_by, own=one.own)
            for one in versions
        ],
    )


def _ours(template: Template, locale: str) -> dict[str, str]:
    """The parts it has."""
    found: Shipped = shipped(template, language_of(locale))
    every = {part: getattr(found, part) for part in PARTS}
    return {part: source for part, source in every.items() if source and (part == "short" or _by_mail(template))}


def _by_mail(template: Template) -> bool:
    return template not in samples.SHORT_ALONE


@put("/api/v1/notifications/templates/{template:str}/{locale:str}", access=STORE_ADMIN)
async def save_template(
    template: FromPath[TemplateName],
    locale: FromPath[Locale],
    data: JSONBody[Written],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> TemplateView:
    """A new version, which counts from now on. Raises Invalid with the line and the variable, NotLatest."""
    known = _known(template)
    source = {part: getattr(data, part) for part in PARTS}
    _filled(known, store, running, locale, source)
    await _add(db, store, known, locale, source, caller.user_id, data.replaces)
    return await _view(db, store, known, locale)


@post("/api/v1/notifications/templates/{template:str}/{locale:str}/undo", access=STORE_ADMIN, status_code=200)
async def undo_template(
    template: FromPath[TemplateName],
    locale: FromPath[Locale],
    data: JSONBody[Undone],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
) -> TemplateView:
    """What was written then is written once more, as a new version, so that this can be undone as well."""
    known = _known(template)
    source: dict[str, str | None] = dict.fromkeys(PARTS)
    if data.version:
        async with db.transaction(store.id) as tx:
            found = await wordings.version(tx, known, locale, data.version)
        if found is None:
            raise NotFound("There is no such version.")
        source = {part: getattr(found, part) for part in PARTS}
    await _add(db, store, known, locale, source, caller.user_id, None)
    return await _view(db, store, known, locale)


async def _add(
    db: Database,
    store: Store,
    template: Template,
    locale: str,
    source: dict[str, str | None],
    by: UUID,
    replaces: int | None,
) -> None:
    """Raises NotLatest."""
    async with db.transaction(store.id) as tx:
        latest = (await wordings.current(tx, template, [locale])).get(locale)
        version = latest.version if latest else 0
        if replaces is not None and replaces != version:
            raise NotLatest()
        added = Wording(
            template=template,
            locale=locale,
            version=version + 1,
            created_at=datetime.now(UTC),
            created_by=by,
            **source,
        )
        if not await wordings.add(tx, added):
            raise NotLatest()


@post("/api/v1/notifications/templates/{template:str}/{locale:str}/preview", access=STORE_ADMIN, status_code=200)
async def preview_template(
    template: FromPath[TemplateName],
    locale: FromPath[Locale],
    data: JSONBody[Source],
    store: NamedDependency[Store],
    running: NamedDependency[Running],
) -> Preview:
    """Filled in with examples; nothing is saved. Raises Invalid."""
    mail = _filled(_known(template), store, running, locale, {part: getattr(data, part) for part in PARTS})
    return Preview(subject=mail.subject, text=mail.text, html=mail.html, short=mail.short)


@post("/api/v1/notifications/templates/{template:str}/{locale:str}/try", access=STORE_ADMIN, status_code=200)
async def try_template(
    template: FromPath[TemplateName],
    locale: FromPath[Locale],
    data: JSONBody[Source],
    store: NamedDependency[Store],
    caller: NamedDependency[Principal],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> Tried:
    """As a mail to oneself, at once; nothing is saved. Raises Invalid, NoMailServer, NotTaken."""
    mail = _filled(_known(template), store, running, locale, {part: getattr(data, part) for part in PARTS})
    if not running.settings.smtp_url:
        raise NoMailServer("Mails stay in the mailbox here. The preview shows all of it.")
    async with db.transaction(store.id) as tx:
        person = await people.person(tx, caller.user_id)
        sender = await wordings.sender(tx)
    if person is None or not mailable(person.email):
        raise Conflict("Your account has no address in this store.")
    id = uuid7()
    parcel = Parcel(id=id, notification_id=id, recipient=person.email, sender=sender.name or store.name, mail=mail)
    try:
        await Email(running.settings, sender.reply_to, datetime.now(UTC)).send(parcel, uncertain=False)
    except (Later, Never) as error:
        raise NotTaken(str(error)) from None
    return Tried(to=person.email)


def _filled(template: Template, store: Store, running: Running, locale: str, source: dict[str, str | None]) -> Mail:
    """With examples. Raises Invalid: for each part its line, and the variable that is none."""
    errors = []
    for part in PARTS:
        written = source[part]
        if written is not None:
            if part not in _ours(template, locale):
                errors.append(FieldError(part, "is not sent by this message"))
            errors += [FieldError(part, str(one)) for one in own_words.check(written, samples.known(template))]
    if errors:
        raise Invalid("Some of it cannot be filled in.", errors=errors)
    facts = samples.sample(template, store, running.settings.port, locale)
    for part, written in source.items():  # each alone, so that all are told of
        try:
            fill(template, facts, _wording(template, locale, dict.fromkeys(PARTS) | {part: written}))
        except own_words.Refused as refused:
            errors += [FieldError(part, str(one)) for one in refused.wrong]
    if errors:
        raise Invalid("Some of it cannot be filled in.", errors=errors)
    return fill(template, facts, _wording(template, locale, source))


def _wording(template: Template, locale: str, source: dict[str, str | None]) -> Wording:
    return Wording(
        template=template,
        locale=locale,
        version=1,
        created_at=datetime.now(UTC),
        created_by=UUID(int=0),
        **source,
    )


routes = [list_templates, show_template, save_template, undo_template, preview_template, try_template]
