"""What has been published stays readable, and stays what it was."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.contracts import catalogue
from tradehall.contracts.inventory import InventoryDeducted, WarehouseUpdated
from tradehall.contracts.values import Event, Task, encode, may_travel_together
from tradehall.kernel.asyncapi import address
from tradehall.kernel.service import listen

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.json"))
SAMPLES = sorted(catalogue.SAMPLES.glob("*/*/*.json"))
EVENTS = {address(event): event for event in catalogue.all_events()}
BY_NAME = {event.event_name(): event for event in EVENTS.values()}
BEHIND = "run `python -m tests.contracts` and commit what it writes"


def with_uuids(value: Any, key: str = "") -> Any:
    """The golden files number their things; ours bear UUIDs. Nothing else about them is changed."""
    if isinstance(value, dict):
        return {k: with_uuids(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [with_uuids(entry) for entry in value]
    return str(UUID(int=int(value))) if key.endswith("Id") else value


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def test_there_are_eight_golden_events() -> None:
    assert len(GOLDEN) == 8


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_event_is_read_and_written_to_the_letter(path: Path) -> None:
    golden = with_uuids(json.loads(path.read_text()))
    event = msgspec.json.decode(compact(golden), type=BY_NAME[path.stem])
    assert encode(event).decode() == compact(golden)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_ours_has_the_shape_of_the_golden_event(path: Path) -> None:
    """Built from our side, with every field set: keys, their order, nesting and JSON types."""
    ours = json.loads(catalogue.sample(BY_NAME[path.stem]))
    assert shape(ours) == shape(json.loads(path.read_text()))


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, shape(entry)) for key, entry in value.items()]
    if isinstance(value, list):
        return [shape(entry) for entry in value[:1] if isinstance(entry, dict)]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.mark.parametrize("amount", ["0.10", "79.97", "0", "1234567890.01", "1E+3", "0.001"])
def test_money_of_golden_events_is_a_plain_json_number(amount: str) -> None:
    event = BY_NAME["OrderReturned"](order_id=UUID(int=1), return_reason="", refund_amount=Decimal(amount))  # type: ignore[call-arg]
    (number,) = re.findall(rb'"refundAmount":([^}]*)}', encode(event))
    assert re.fullmatch(rb"-?\d+(\.\d+)?([eE][+-]?\d+)?", number)
    assert json.loads(number, parse_float=Decimal, parse_int=Decimal) == Decimal(amount)


@pytest.mark.parametrize("name", EVENTS)
def test_event_has_a_sample(name: str) -> None:
    assert any((catalogue.SAMPLES / EVENTS[name].publisher / EVENTS[name].event_name()).glob("*.json")), BEHIND


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: "/".join(path.parts[-3:]))
def test_sample_is_read_and_nothing_of_it_is_lost(path: Path) -> None:
    publisher, name = path.parts[-3:-1]
    assert f"{publisher}.{name}" in EVENTS, "an event that was published cannot be taken away"
    event = msgspec.json.decode(path.read_bytes(), type=EVENTS[f"{publisher}.{name}"])
    assert_holds(json.loads(encode(event)), json.loads(path.read_text()), name)


def assert_holds(ours: Any, sample: Any, place: str) -> None:
    """Fields may have been added, none renamed, removed or changed in kind."""
    if isinstance(sample, dict):
        for key, entry in sample.items():
            assert key in ours, f"{place}.{key} is gone"
            assert_holds(ours[key], entry, f"{place}.{key}")
    elif isinstance(sample, list):
        for number, entry in enumerate(sample):
            assert_holds(ours[number], entry, f"{place}[{number}]")
    else:
        assert (type(ours), ours) == (type(sample), sample), place


def test_names_are_told_apart_and_fit_a_subject() -> None:
    events = catalogue.all_events()
    assert len(EVENTS) == len(BY_NAME) == len(events)
    for name in EVENTS:
        assert re.fullmatch(r"[a-z]+\.[A-Za-z][A-Za-z_.]*", name), name


@pytest.mark.parametrize("name", EVENTS)
def test_unknown_fields_are_passed_over(name: str) -> None:
    """A newer publisher may add some."""
    event = EVENTS[name]
    body = json.loads(catalogue.sample(event)) | {"addedLater": {"a": [1]}}
    assert isinstance(msgspec.json.decode(compact(body), type=event), Event)


def test_who_hears_golden_events_and_tasks_gets_them_one_by_one() -> None:
    """A task is acknowledged on its own, whatever came with it."""
    together = {event for event in EVENTS.values() if event.together}
    assert {event.__name__ for event in together} == {
        "HoldExpiryDue", "InventoryDeducted", "OrderExpiryDue", "ProductQuantityUpdated"
    }  # fmt: skip
    assert together.isdisjoint(BY_NAME[path.stem] for path in GOLDEN)
    assert not any(issubclass(event, Task) for event in together)
    for publisher in {event.publisher for event in EVENTS.values()}:
        own = {event.event_name() for event in together if event.publisher == publisher}
        assert may_travel_together(publisher) == own


def test_nobody_listens_to_what_travels_together() -> None:
    """Listeners hear headers only."""
    with pytest.raises(ValueError, match=r"inventory\.deducted"):
        listen(WarehouseUpdated, InventoryDeducted)


def test_asyncapi_document_is_current() -> None:
    assert (catalogue.DOCS / "asyncapi.json").read_text() == catalogue.asyncapi(), BEHIND


def test_catalogue_of_events_is_current() -> None:
    assert (catalogue.DOCS / "events.md").read_text() == catalogue.page(), BEHIND


def test_asyncapi_document_points_to_what_it_holds() -> None:
    document = json.loads(catalogue.asyncapi())
    for reference in references(document):
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    assert set(document["channels"]) == set(EVENTS)


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: "/".join(path.parts[-3:]))
def test_samples_keep_to_the_published_schema(path: Path) -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs")
    document = json.loads((catalogue.DOCS / "asyncapi.json").read_text())
    payload = document["components"]["messages"][".".join(path.parts[-3:-1])]["payload"]
    jsonschema_rs.validate({**payload, "components": document["components"]}, json.loads(path.read_text()))
