"""Large events are read once in a process, and what else is sent under their id is not taken for them."""

import msgspec
import pytest

from tradehall.contracts.catalog import ProductCreated, ProductUpdated, VariantFacts
from tradehall.contracts.values import encode
from tradehall.kernel import reading
from tradehall.kernel.bus import Message
from tradehall.kernel.ids import uuid7
from tradehall.kernel.reading import Reader


def an_event(variants: int, name: str = "Coat") -> ProductUpdated:
    return ProductUpdated(
        product_id=uuid7(),
        seller_id=uuid7(),
        slug="coat",
        name=name,
        status="published",
        currency="USD",
        variants=[
            VariantFacts(variant_id=uuid7(), sku=f"S{n}", title=f"{name} {n}", options={"Size": str(n)}, price=n)
            for n in range(variants)
        ],
    )


def a_message(event: ProductUpdated) -> Message:
    return Message(uuid7(), "catalog", event.event_name(), str(event.product_id), uuid7(), encode(event))


def test_large_event_is_shared_by_those_who_hear_it() -> None:
    reader, message = Reader(), a_message(event := an_event(100))
    read = reader.read(message, ProductUpdated)
    assert read == event
    assert reader.read(msgspec.structs.replace(message), ProductUpdated) is read


def test_small_event_is_not_kept() -> None:
    reader, message = Reader(), a_message(an_event(1))
    assert reader.read(message, ProductUpdated) is not reader.read(message, ProductUpdated)


def test_same_id_with_something_else_is_read_as_it_is() -> None:
    reader, message = Reader(), a_message(an_event(100))
    reader.read(message, ProductUpdated)
    forged = msgspec.structs.replace(message, payload=encode(other := an_event(100, "Cape")))
    assert reader.read(forged, ProductUpdated) == other
    with pytest.raises(msgspec.ValidationError):
        reader.read(message, ProductCreated)
    broken = msgspec.structs.replace(message, payload=message.payload[:-1])
    with pytest.raises(msgspec.MsgspecError):
        reader.read(broken, ProductUpdated)


def test_the_latest_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [a_message(an_event(100)) for _ in range(5)]
    monkeypatch.setattr(reading, "KEPT", 3 * len(messages[0].payload) + 100)
    reader = Reader()
    first = [reader.read(message, ProductUpdated) for message in messages]
    assert all(reader.read(messages[n], ProductUpdated) is first[n] for n in (4, 3, 2))
    assert reader.read(messages[1], ProductUpdated) is not first[1]
    assert len(reader._latest) <= 3
    assert reader._size == sum(len(payload) for payload, _ in reader._latest.values())
