"""A store's own words: what they may say, what they say then, and back again."""

from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

import pytest

from tests.harness import Alone, a_store
from tests.makers import a_product, confirmed, lines_of
from tests.services.notifications.codes import CODE, a_code
from tests.services.notifications.mails import mail_of, ordered
from tests.services.notifications.test_codes import mails_to
from tests.services.notifications.test_mails import shipped
from tradehall.contracts.orders import OrderCancelled
from tradehall.services.notifications import own_words
from tradehall.services.notifications.languages import (
    SHIPPED,
    chain,
    default_subject,
    language_of,
    order_subject,
    words,
)
from tradehall.services.notifications.languages import shipped as ours
from tradehall.services.notifications.model import KINDS, OrderTemplate, Template
from tradehall.services.notifications.own_words import Refused, check, render
from tradehall.services.notifications.queries.wordings import Wording
from tradehall.services.notifications.rendering import PARTS, fill
from tradehall.services.notifications.samples import EDITABLE, known, sample

SERVICE = "notifications"
PATH = "/api/v1/notifications/templates"


def path(template: str, locale: str = "en", action: str = "") -> str:
    return f"{PATH}/{template}/{locale}{action}"


async def saved(it: Alone, template: str, locale: str = "en", **source: Any) -> dict[str, Any]:
    answer = await it.client("store_admin").put(path(template, locale), json=source)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_own_words_are_sent_where_they_are_given_and_ours_elsewhere(it: Alone) -> None:
    await saved(
        it,
        "order_placed",
        subject="Ahoy {{ order.name }}",
        text="{{ order.number }}, {{ order.total|money(order.currency) }}",
    )
    order = await ordered(it, name="<Zoe>")
    mail = await mail_of(it, order, "order_placed")
    assert (mail["subject"], mail["text"]) == ("Ahoy <Zoe>", f"{order.number}, 28.00 USD\n")
    assert "we have your order" in mail["html"]
    assert "&lt;Zoe&gt;" in mail["html"]
    elsewhere = await ordered(it, store=it.other)
    admin = it.client("store_admin", store=it.other)
    (listed,) = (await admin.get("/api/v1/mailbox", params={"q": elsewhere.number})).json()["items"]
    assert (await admin.get(f"/api/v1/mailbox/{listed['id']}")).json()["subject"].startswith("We have your order")


async def test_a_reader_gets_the_nearest_language(it: Alone) -> None:
    await saved(it, "order_confirmed", "pt", subject="Nosso pedido {{ order.number }}")
    wanted = {"pt-BR": "O pedido {n} foi", "pt-PT": "O pedido {n} foi", "de-DE": "Order {n} was", "": "Order {n} was"}
    for locale, subject in wanted.items():
        order = await ordered(it, locale=locale)
        await it.given(OrderCancelled(order_id=order.order_id, cancellation_reason="x"), key=order.order_id)
        mail = await mail_of(it, order, "order_cancelled")
        assert mail["subject"].startswith(subject.format(n=order.number))
    order = await ordered(it, locale="pt-BR")
    await it.given(confirmed(order), key=order.order_id)
    mail = await mail_of(it, order, "order_confirmed")
    assert mail["subject"] == f"Nosso pedido {order.number}"
    assert "está confirmado" in mail["text"]
    assert "28,00 USD" in mail["text"]


async def test_a_code_stands_in_own_words_too(it: Alone) -> None:
    await saved(it, "password_reset", text="{{ code }} until {{ facts.until | clock }}")
    event = a_code(it)
    await it.given(event, key=event.user_id)
    (mail,) = await mails_to(it, event.email)
    assert mail["text"] == f"{CODE} until 09:05 UTC\n"


async def test_versions_can_be_put_in_force_again_and_nothing_is_lost(it: Alone) -> None:
    admin = it.client("store_admin")
    for version, subject in enumerate(("One", "Two", "Three"), start=1):
        found = await saved(it, "order_delivered", subject=subject, replaces=version - 1)
        assert (found["version"], found["source"]["subject"]) == (version, subject)
    stale = await admin.put(path("order_delivered"), json={"subject": "Four", "replaces": 2})
    assert (stale.status_code, stale.json()["type"]) == (409, "not-latest")
    undone = (await admin.post(path("order_delivered", action="/undo"), json={"version": 1})).json()
    assert (undone["version"], undone["source"]["subject"]) == (4, "One")
    reset = (await admin.post(path("order_delivered", action="/undo"), json={"version": 0})).json()
    assert (reset["version"], reset["own"], reset["source"]) == (5, [], reset["ours"])
    assert [one["own"] for one in reset["versions"]] == [False, True, True, True, True]
    assert (await admin.post(path("order_delivered", action="/undo"), json={"version": 9})).status_code == 404
    listed = (await admin.get(PATH)).json()["items"]
    assert [one["own"] for one in listed if one["template"] == "order_delivered"] == [[]]
    with pytest.raises(Exception, match="permission denied"):
        await it.sql("DELETE FROM wordings")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"subject": "{{ order.totl }}"}, ("subject", "line 1: order.totl is no variable here")),
        ({"text": "a\nb\n{{ customer }}"}, ("text", "line 3: customer is no variable here")),
        ({"text": "a\n{% if order.name %}\n"}, ("text", "line 2: cannot be read")),
        ({"html": "{{ facts.carrier }}\n{{ code }}"}, ("html", "line 2: code is no variable here")),
        ({"text": "{% for line in order.lines %}\n{{ line.prize }}\n{% endfor %}"}, ("text", "line 2: is not there")),
        ({"text": "\n{{ order.total | money }}"}, ("text", "line 2: cannot be filled in")),
        ({"text": "{{ order.name | filesizeformat }}"}, ("text", "line 1: filesizeformat is no filter here")),
        ({"html": "{% extends 'order_placed.html' %}"}, ("html", "line 1: extends or include takes one of")),
    ],
)
async def test_what_is_wrong_is_told_with_its_line(it: Alone, source: dict[str, str], said: tuple[str, str]) -> None:
    for action in ("", "/preview", "/try"):
        client = it.client("store_admin")
        answer = await client.request("POST" if action else "PUT", path("order_shipped", action=action), json=source)
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["field"] == said[0]
        assert error["rule"].startswith(said[1])


async def test_a_preview_shows_all_and_saves_nothing(it: Alone) -> None:
    admin = it.client("store_admin")
    made = (await admin.post(path("refund_done", "pt-BR", "/preview"), json={"subject": "Olá"})).json()
    assert made["subject"] == "Olá"
    assert "12,50 USD" in made["text"]
    assert "12,50 USD" in made["short"]
    assert made["html"].startswith('<!doctype html>\n<html lang="pt-BR">')
    assert (await admin.get(path("refund_done", "pt-BR"))).json()["version"] == 0


async def test_a_try_needs_a_mail_server(it: Alone) -> None:
    answer = await it.client("store_admin").post(path("refund_done", action="/try"), json={})
    assert (answer.status_code, answer.json()["type"]) == (409, "no-mail-server")


@pytest.mark.parametrize("template", ["signup_code", "nothing", "words"])
async def test_what_is_no_template_of_the_store_is_not_found(it: Alone, template: str) -> None:
    assert (await it.client("store_admin").get(path(template))).status_code == 404


async def test_own_words_that_fail_later_are_passed_over(it: Alone) -> None:
    """Facts of an order may lack what the examples had: the message goes out all the same, in ours."""
    await saved(it, "order_shipped", text="{{ order.lines[1].title }}", subject="Own")
    order = await ordered(it)
    await it.given(shipped(order), key=order.order_id)
    assert (await mail_of(it, order, "order_shipped"))["subject"] == "Own"
    short = await ordered(it, lines=lines_of(a_product(100), 1))
    await it.given(shipped(short), key=short.order_id)
    mail = await mail_of(it, short, "order_shipped")
    assert "is on its way with Gull Post" in mail["text"]


@pytest.mark.parametrize("locale", SHIPPED)
@pytest.mark.parametrize("template", EDITABLE)
def test_what_we_ship_is_there_in_all_languages_and_may_be_taken_over(template: Template, locale: str) -> None:
    """Ours, saved as one's own, passes and says the same: whoever starts from it starts from something that works."""
    found = ours(template, locale)
    parts = {part: getattr(found, part) or None for part in PARTS}
    assert found.subject
    assert bool(found.text) == bool(found.html) == ("email" in KINDS[template].always | KINDS[template].ways)
    assert bool(found.short) == bool({"sms", "push"} & (KINDS[template].always | KINDS[template].ways))
    for source in parts.values():
        assert source is None or check(source, known(template)) == []
    facts = sample(template, a_store(locale=locale), 8000, locale)
    own = Wording(
        template=template, locale=locale, version=1, created_at=datetime.now(UTC), created_by=UUID(int=0), **parts
    )
    plain = fill(template, facts)
    assert fill(template, facts, own) == plain
    assert "{{" not in plain.text + plain.html + plain.subject + plain.short
    assert plain.html.startswith(f'<!doctype html>\n<html lang="{locale}">')


def test_both_languages_say_the_same_kinds() -> None:
    english, portuguese = words("en"), words("pt-BR")
    for part in ("subject", "short", "notes", "roles"):
        assert getattr(english, part).keys() == getattr(portuguese, part).keys()
    assert english.subject != portuguese.subject
    assert set(english.subject) == set(KINDS)


@pytest.mark.parametrize("locale", SHIPPED)
@pytest.mark.parametrize("template", get_args(OrderTemplate))
def test_of_an_orders_subject_nothing_but_its_number_is_its_own(template: OrderTemplate, locale: str) -> None:
    subject = order_subject(template, locale, "N-1")
    assert subject == default_subject(template, locale, order={"number": "N-1"})
    assert "N-1" in subject
    assert "{" not in subject


@pytest.mark.parametrize(
    ("locale", "language", "looked"),
    [
        ("pt-BR", "pt-BR", ["pt-BR", "pt", "en"]),
        ("pt-PT", "pt-BR", ["pt-PT", "pt", "en"]),
        ("pt", "pt-BR", ["pt", "en"]),
        ("en-US", "en", ["en-US", "en"]),
        ("de-DE", "en", ["de-DE", "de", "en"]),
        ("", "en", ["", "en"]),
    ],
)
def test_languages_fall_back(locale: str, language: str, looked: list[str]) -> None:
    assert (language_of(locale), chain(locale)) == (language, looked)


EVIL = [
    "{{ order.__class__ }}",
    "{{ order['__class__'] }}",
    "{{ order|attr('__class__') }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ config }}",
    "{{ namespace() }}",
    "{{ range(10) }}",
    "{% for i in range(100000000) %}x{% endfor %}",
    "{{ 'x' * 1000000000 }}",
    "{{ 10 ** 10000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ 'x'|center(1000000000) }}",
    "{{ 'x'.format() }}",
    "{{ order.name.upper() }}",
    "{% set a = 'x' %}{{ a }}",
    "{% macro m() %}{% endmacro %}",
    "{% for a in order.lines %}{% for b in order.lines %}x{% endfor %}{% endfor %}",
    "{% for a in order.lines recursive %}x{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% include order.name %}",
    "{% import 'base.html' as b %}",
    "{% extends '../en/base.html' %}",
    "{{ order.name|map('upper') }}",
    "{{ order.name|replace('a', 'aaaaaaaa') }}",
    "{% filter upper %}x{% endfilter %}",
    "{% call x() %}{% endcall %}",
    "{% autoescape false %}{{ order.name }}{% endautoescape %}",
    "{{ order.name|safe }}",
    "{% do x %}",
]


@pytest.mark.parametrize("source", EVIL)
def test_nothing_but_words_can_be_written(source: str) -> None:
    assert check(source, known("order_placed"))


def test_what_is_made_has_an_end() -> None:
    """Joined again and again, a text would grow without limit."""
    text = "|join('0123456789')" * 50
    source = "{{ 'abcdefghij'" + text + " }}"
    assert check(source, known("order_placed")) == []
    facts = sample("order_placed", a_store(), 8000, "en")
    assert len(render(source, "en", facts, html=False)) <= own_words.LONGEST
    many = "{% for line in order.lines %}" + "x" * 19_000 + "{% endfor %}"
    facts["order"] = type("O", (), {"lines": list(range(1000))})()
    with pytest.raises(Refused, match="too long"):
        render(many, "en", facts, html=False)
