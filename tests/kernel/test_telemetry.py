"""One trace and one correlation id from the click to the last effect; nothing private in what is logged."""

import io
import json
import logging
from collections.abc import Iterator
from uuid import UUID

import asyncpg
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.harness import Alone, eventually
from tests.kernel.shop import subscribers
from tests.kernel.shop.events import AskedMany
from tradehall.contracts.values import encode
from tradehall.kernel import telemetry
from tradehall.kernel.bus import Message
from tradehall.kernel.context import correlation_id
from tradehall.kernel.errors import Conflict
from tradehall.kernel.ids import uuid7
from tradehall.kernel.inbox import Consumer

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    monkeypatch.setattr(telemetry, "_recording", True)
    yield exporter
    provider.shutdown()


async def finished(spans: InMemorySpanExporter, trace: int, count: int) -> list[ReadableSpan]:
    async def enough() -> list[ReadableSpan]:
        found = [span for span in spans.get_finished_spans() if span.context and span.context.trace_id == trace]
        return found if len(found) >= count else []

    found: list[ReadableSpan] = await eventually(enough)
    return sorted(found, key=lambda span: span.start_time or 0)


async def test_trace_is_unbroken_from_the_click_over_three_hops(shop: Alone, spans: InMemorySpanExporter) -> None:
    answer = await shop.client().post(
        "/api/v1/asked",
        json={"name": "traced"},
        headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "x-correlation-id": "c1"},
    )
    assert answer.status_code == 201
    chain = await finished(spans, int(TRACE, 16), 4)
    assert [span.name for span in chain] == ["POST /api/v1/asked", "shop Asked", "shop Passed", "shop Errand"]
    assert [span.kind for span in chain] == [SpanKind.SERVER, *[SpanKind.CONSUMER] * 3]
    parents = [f"{span.parent.span_id:016x}" if span.parent else "" for span in chain]
    assert parents == [PARENT, *(f"{span.context.span_id:016x}" for span in chain[:-1] if span.context)]
    assert {(span.attributes or {}).get("correlation_id") for span in chain} == {"c1"}


async def test_every_event_of_a_batch_goes_on_in_its_own_trace(shop: Alone, spans: InMemorySpanExporter) -> None:
    traces = [f"{n:032x}" for n in (1, 2, 3)]
    messages = [
        Message(
            uuid7(), "outside", "AskedMany", f"b{n}", shop.store.id, encode(AskedMany(name=f"b{n}")),
            {"traceparent": f"00-{trace}-{PARENT}-01", "correlation": f"c{n}"},
        )
        for n, trace in enumerate(traces)
    ]  # fmt: skip
    await Consumer(shop.service, shop.db, shop.running.bus, shop.running.settings).process(messages)
    shop.running._emitted("shop")
    for n, trace in enumerate(traces):
        expected = ["shop AskedMany"] * (n == 0) + ["shop Passed", "shop Errand"]  # one span, of the first's trace
        assert [span.name for span in await finished(spans, int(trace, 16), len(expected))] == expected

        async def seen(name: str = f"b{n}") -> bool:
            return name in subscribers.contexts

        await eventually(seen)
        assert subscribers.contexts[f"b{n}"][0] == f"c{n}"


async def test_failure_marks_its_span(shop: Alone, spans: InMemorySpanExporter) -> None:
    async def refuse() -> None:
        raise Conflict("no")

    subscribers.trouble["fails"] = refuse
    await shop.client().post(
        "/api/v1/asked", json={"name": "fails"}, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"}
    )
    chain = await finished(spans, int(TRACE, 16), 2)
    assert chain[1].status.status_code == StatusCode.ERROR


async def test_without_an_exporter_nothing_is_recorded(shop: Alone) -> None:
    assert telemetry.inject() == {}
    with telemetry.span("x") as span:
        assert span is None


# --- logs


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(telemetry.JsonFormatter())
    logger = logging.Logger("tradehall.test")
    logger.addHandler(handler)
    yield logger, out
    correlation_id.set("")


def test_log_line_is_one_json_object_with_its_correlation_id(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, out = log
    correlation_id.set("c-1")
    logger.warning("two\nlines of %s", UUID(int=1))
    (line,) = out.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"], entry["correlation_id"]) == ("warning", "tradehall.test", "c-1")
    assert entry["message"] == f"two\nlines of {UUID(int=1)}"
    assert entry["@timestamp"].endswith("+00:00")


async def test_database_does_not_quote_a_stores_rows_in_its_errors(shop: Alone) -> None:
    """Errors are logged. PostgreSQL leaves the row out where row-level security is on."""
    with pytest.raises(asyncpg.NotNullViolationError) as failure:
        await shop.sql("INSERT INTO notes (name, number) VALUES ('ada@example.com', NULL)")
    assert "ada@example.com" not in str(failure.value)
    await shop.sql("INSERT INTO idempotency_keys (actor, key, fingerprint) VALUES ('ada@example.com', 'k', '')")
    with pytest.raises(asyncpg.UniqueViolationError) as failure:
        await shop.sql("INSERT INTO idempotency_keys (actor, key, fingerprint) VALUES ('ada@example.com', 'k', '')")
    assert "ada@example.com" not in str(failure.value)


async def test_value_that_cannot_be_stored_is_not_logged(shop: Alone, caplog: pytest.LogCaptureFixture) -> None:
    answer = await shop.client().post("/api/v1/notes", json={"name": ["ada@example.com"]})
    assert answer.status_code == 422
    assert "ada@example.com" not in caplog.text
