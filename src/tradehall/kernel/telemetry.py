"""Logs, metrics, traces; one correlation id through all three.

Traces are OpenTelemetry's; where no exporter is configured spans are not recorded, and the trace parent still travels.
Nothing here may carry personal data or secrets: log ids, not names.
"""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Counter, Gauge, Histogram

from tradehall.kernel.context import correlation_id

HTTP_REQUESTS = Counter("tradehall_http_requests_total", "Requests answered", ["service", "route", "method", "status"])
HTTP_SECONDS = Histogram(
    "tradehall_http_seconds",
    "Time to answer",
    ["service", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
EVENTS = Counter("tradehall_events_total", "Events handled", ["service", "event", "outcome"])
EVENT_AGE = Histogram(
    "tradehall_event_age_seconds",
    "From emission to the end of its handling",
    ["service"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
PUBLISHED = Counter("tradehall_outbox_published_total", "Events handed to the broker", ["service"])
OUTBOX = Gauge("tradehall_outbox_waiting", "Events due and not yet published", ["service"])
PARKED = Gauge("tradehall_parked_events", "Events waiting for another try", ["service"])
DEAD = Gauge("tradehall_dead_letters", "Events given up", ["service"])
POOL = Gauge("tradehall_pool_connections", "Database connections", ["service", "state"])

_tracer = trace.get_tracer("tradehall")
_recording = False


class JsonFormatter(logging.Formatter):
    """One JSON object a line, as ELK and Loki read it."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if correlation := correlation_id.get():
            entry["correlation_id"] = correlation
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            entry["trace_id"] = f"{span.trace_id:032x}"
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(entry).decode()


class PlainFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")


def configure_logs(level: str, form: str) -> None:
    """`form` is json or plain."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else PlainFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "_granian", "granian.access", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def configure_traces(process: str, exporter: SpanExporter | None) -> None:
    """Records spans from now on; without an exporter only the trace parent is passed on."""
    global _tracer, _recording
    if exporter is None:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"tradehall-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
    _tracer, _recording = provider.get_tracer("tradehall"), True


def otlp_exporter(endpoint: str) -> SpanExporter | None:
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


def inject() -> dict[str, str]:
    """The headers that carry the current trace to whoever comes next; empty where nothing is recorded."""
    carrier: dict[str, str] = {}
    if _recording:
        propagate.inject(carrier)
    return carrier


@contextmanager
def span(
    name: str,
    headers: Mapping[str, str] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    **attributes: str | int,
) -> Iterator[Span | None]:
    """A span, child of the one `headers` name, else of the current one."""
    if not _recording:
        yield None
        return
    parent = propagate.extract(headers) if headers is not None else None
    with _tracer.start_as_current_span(name, context=parent, kind=kind, attributes=attributes) as current:
        current.set_attribute("correlation_id", correlation_id.get())
        try:
            yield current
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
