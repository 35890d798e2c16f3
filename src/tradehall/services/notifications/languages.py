"""The words we ship, by language, and which of them a reader gets: those of the locale, else of its language, else English."""

import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from tradehall.contracts.values import decimals, to_decimal
from tradehall.services.notifications.model import OrderTemplate, Template

ROOT = Path(__file__).parent / "templates"
ENGLISH = "en"
SHIPPED = ("en", "pt-BR")
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "pt-BR": [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
}
ON = {"en": "{clock} on {day} {month}", "pt-BR": "{clock} de {day} de {month}"}


class Words(msgspec.Struct, frozen=True):
    subject: dict[str, str]
    short: dict[str, str]
    notes: dict[str, str]
    roles: dict[str, str]


class Shipped(msgspec.Struct, frozen=True):
    """A template as we ship it, in its own source. `text` and `html` are "" for one that is short alone."""

    subject: str
    text: str
    html: str
    short: str


def chain(locale: str) -> list[str]:
    """ "pt-BR" -> pt-BR, pt, en: in which order words are looked for."""
    language = locale.partition("-")[0]
    return list(dict.fromkeys([locale, language, ENGLISH]))


@cache
def language_of(locale: str) -> str:
    """The one we ship for it."""
    if locale in SHIPPED:
        return locale
    language = locale.partition("-")[0]
    return next((one for one in SHIPPED if one.partition("-")[0] == language), ENGLISH)


@cache
def words(language: str) -> Words:
    return msgspec.convert(tomllib.loads((ROOT / language / "words.toml").read_text()), Words)


@cache
def shipped(template: Template, language: str) -> Shipped:
    def source(suffix: str) -> str:
        path = ROOT / language / f"{template}.{suffix}"
        return path.read_text() if path.exists() else ""

    own = words(language)
    return Shipped(
        subject=own.subject[template], text=source("txt"), html=source("html"), short=own.short.get(template, "")
    )


@cache
def environment(language: str) -> Environment:
    """For what we ship ourselves."""
    return prepared(Environment, loader_of(language), language)


def loader_of(language: str) -> BaseLoader:
    return FileSystemLoader(ROOT / language)


def prepared(kind: type[Environment], loader: BaseLoader, language: str) -> Environment:
    made = kind(
        loader=loader,
        autoescape=select_autoescape(["html"], default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["money"] = lambda minor, currency: money(minor, currency, language)
    made.filters["clock"] = lambda moment: clock(moment)
    made.filters["moment"] = lambda moment: full(moment, language)
    return made


def money(minor: int, currency: str, language: str = ENGLISH) -> str:
    amount: Decimal = to_decimal(minor, currency)
    plain = f"{amount:,.{decimals(currency)}f}"
    if language != ENGLISH:
        plain = plain.translate(str.maketrans(",.", ".,"))
    return f"{plain} {currency}"


def _read(moment: str) -> datetime | None:
    try:
        return datetime.fromisoformat(moment).astimezone(UTC)
    except ValueError:
        return None  # facts of before, which had it in words already


def clock(moment: str) -> str:
    found = _read(moment)
    return f"{found:%H:%M} UTC" if found else moment


def full(moment: str, language: str) -> str:
    found = _read(moment)
    if found is None:
        return moment
    month = MONTHS[language][found.month - 1]
    return ON[language].format(clock=clock(moment), day=found.day, month=month)


def default_subject(template: Template, locale: str, **facts: Any) -> str:
    """For lists, before all of it is rendered: of what is known when it is written down."""
    language = language_of(locale)
    try:
        return str(compiled(language, words(language).subject[template]).render(facts)).strip()
    except TemplateError:
        return words(language).subject[template]


def order_subject(template: OrderTemplate, locale: str, number: str) -> str:
    """As `default_subject`, of which orders have thousands a minute: they differ by their number alone."""
    return _order_subject(template, language_of(locale)).replace(_NUMBER, number)


_NUMBER = "\0"


@cache
def _order_subject(template: OrderTemplate, language: str) -> str:
    return default_subject(template, language, order={"number": _NUMBER})


@cache
def compiled(language: str, source: str) -> Any:
    return environment(language).from_string(source)


def note_words(kind: str, facts: dict[str, Any], locale: str) -> str:
    return words(language_of(locale)).notes[kind].format_map(facts)
