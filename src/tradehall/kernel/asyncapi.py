"""The events as an AsyncAPI 3 document, from the contracts themselves."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from tradehall.contracts.values import Event, Task

REF = "#/components/schemas/{name}"
HEADERS = {
    "type": "object",
    "required": ["Nats-Msg-Id", "key", "store", "correlation"],
    "properties": {
        "Nats-Msg-Id": {"type": "string", "format": "uuid", "description": "the event's id"},
        "key": {"type": "string", "description": "events of one key keep their order; percent-encoded"},
        "store": {"type": "string", "description": "id of the store, empty for the platform's own events"},
        "correlation": {"type": "string", "description": "of the request that all this began with"},
        "causation": {"type": "string", "description": "id of the event that this one follows from"},
        "traceparent": {"type": "string", "description": "W3C Trace Context"},
    },
}
TOGETHER = {
    "type": "object",
    "required": ["together"],
    "properties": {"together": {"type": "string", "description": "how many events the message has, as a list"}},
}


def document(events: Sequence[type[Event]]) -> dict[str, Any]:
    """One channel per event, addressed `<stream>.<publisher>.<event>`; its publisher sends, whoever likes receives."""
    events = sorted(events, key=address)
    schemas, components = msgspec.json.schema_components(events, ref_template=REF)
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for event, schema in zip(events, schemas, strict=True):
        name = address(event)
        messages[name] = {
            "name": event.event_name(),
            "summary": _summary(event),
            "contentType": "application/json",
            "headers": _one_or_together({"$ref": "#/components/schemas/Headers"}, TOGETHER, event),
            "payload": _one_or_together(schema, {"type": "array", "items": _part(schema)}, event),
            "tags": [{"name": event.publisher}, *([{"name": "task"}] if issubclass(event, Task) else [])],
        }
        channels[name] = {
            "address": f"tradehall.{name}",
            "messages": {event.__name__: {"$ref": f"#/components/messages/{name}"}},
        }
        operations[f"send.{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{event.__name__}"}],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tradehall events", "version": version("tradehall")},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"Headers": HEADERS, **_numbers(components)}},
    }


def _one_or_together(one: Any, together: Any, event: type[Event]) -> Any:
    return {"oneOf": [one, together]} if event.together else one


def _part(schema: Any) -> dict[str, Any]:
    """Of a list of events that travel in one message."""
    properties = {
        "id": {"type": "string", "format": "uuid", "description": "the event's id"},
        "key": {"type": "string", "description": "events of one key keep their order"},
        "store": {"type": ["string", "null"], "format": "uuid", "description": "id of the store"},
        "headers": {"type": "object", "description": "correlation, causation, traceparent, as in a message's headers"},
        "payload": schema,
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def address(event: type[Event]) -> str:
    return f"{event.publisher}.{event.event_name()}"


def _summary(event: type[Event]) -> str:
    own = event.__dict__.get("__doc__") or ""
    return own.split("\n\n")[0].replace("\n", " ").strip()


def _numbers(schema: Any) -> Any:
    """msgspec describes decimals as texts; events carry them as numbers."""
    if isinstance(schema, dict):
        if schema.get("format") == "decimal":
            return {**{k: v for k, v in schema.items() if k != "format"}, "type": "number"}
        return {key: _numbers(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_numbers(entry) for entry in schema]
    return schema
