"""All events there are, who hears them, and a sample of each."""

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from tradehall import contracts
from tradehall.app import load
from tradehall.contracts.identity import SessionEnded
from tradehall.contracts.stores import StoreCreated, StoreUpdated
from tradehall.contracts.values import Event, Task, encode
from tradehall.kernel.asyncapi import address, document
from tradehall.launch import ALL

SAMPLES = Path(__file__).parent / "samples"
DOCS = Path(__file__).parents[2] / "docs"
HEARD_BY_THE_KERNEL = (SessionEnded, StoreCreated, StoreUpdated)


def all_events() -> list[type[Event]]:
    for module in pkgutil.iter_modules(contracts.__path__):
        import_module(f"{contracts.__name__}.{module.name}")
    return sorted((event for event in _below(Event) if not event.__subclasses__()), key=address)


def _below(base: type[Event]) -> Iterator[type[Event]]:
    for subclass in base.__subclasses__():
        if subclass.__module__.startswith(contracts.__name__):
            yield subclass
            yield from _below(subclass)


def asyncapi() -> str:
    return json.dumps(document(all_events()), indent=1) + "\n"


# --- samples

TEXTS = {"currency": "USD", "country": "DE", "zip": "20252", "phone": "+49 40 123456", "email": "ada@example.com"}


def sample(event: type[Event]) -> bytes:
    """Every field has a value, also those that may be left out."""
    return encode(msgspec.convert(_value(msgspec.inspect.type_info(event), ""), event))


def _value(info: msgspec.inspect.Type, name: str) -> Any:
    match info:
        case msgspec.inspect.Metadata(type=inner):
            return _value(inner, name)
        case msgspec.inspect.StructType(fields=fields, tag=tag, tag_field=tag_field):
            made = {field.encode_name: _value(field.type, field.name) for field in fields}
            return {tag_field: tag, **made} if tag_field else made
        case msgspec.inspect.UnionType(types=types):
            return _value(next(t for t in types if not isinstance(t, msgspec.inspect.NoneType)), name)
        case msgspec.inspect.ListType(item_type=item):
            return [_value(item, name)]
        case msgspec.inspect.DictType(key_type=key, value_type=value):
            return {_value(key, "key"): _value(value, "value")}
        case msgspec.inspect.LiteralType(values=values):
            return values[-1]
        case msgspec.inspect.UUIDType():
            return f"0190a5b0-0000-7000-8000-{sum(map(ord, name)):012d}"
        case msgspec.inspect.DateTimeType():
            return "2024-07-11T12:34:56Z"
        case msgspec.inspect.DecimalType():
            return "79.97"
        case msgspec.inspect.IntType():
            return 3
        case msgspec.inspect.FloatType():
            return 4.5
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.StrType():
            return TEXTS.get(name, name.replace("_", " "))
        case _:
            raise TypeError(f"no sample for {name}: {info}")


def write_missing_samples() -> list[Path]:
    """A sample, once written, is never changed: it stands for what has been published."""
    written = []
    for event in all_events():
        folder = SAMPLES / event.publisher / event.event_name()
        if not any(folder.glob("*.json")):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "1.json"
            path.write_text(json.dumps(json.loads(sample(event)), indent=1) + "\n")
            written.append(path)
    return written


# --- the page

HEAD = """\
# Events

Written by `python -m tests.contracts` from `src/tradehall/contracts` and the services; `make test` fails where it is
behind. The shapes are in [asyncapi.json](asyncapi.json), samples in `tests/contracts/samples`.

Events with the same key (the order, the product, …) reach each subscriber in the order of emission. Each counts once
per subscriber, whatever crashes. What a service hears of itself are timers, or its own facts. "every process" keeps
it in memory only.

Of these, several that follow each other may come as one message, whose header `together` says how many: {together}.
Its payload is a list of them, each with id, key, store, headers and payload.
"""


def page() -> str:
    hearers = _hearers()
    events = all_events()
    parts = [HEAD.format(together=", ".join(f"`{event.event_name()}`" for event in events if event.together))]
    for publisher in sorted({event.publisher for event in events}):
        own = [event for event in events if event.publisher == publisher]
        parts.append(f"## {publisher}\n\n| event | heard by | |\n|---|---|---|")
        for event in own:
            if not issubclass(event, Task):
                heard = ", ".join(hearers.get(address(event), ())) or "–"
                parts.append(f"| `{event.event_name()}` | {heard} | {_told(event)} |")
        if tasks := [event for event in own if issubclass(event, Task)]:
            listed = [
                f"`{task.event_name()}`" + (f" ({_told(task).rstrip('.')})" if _told(task) else "") for task in tasks
            ]
            parts.append(f"\nTasks it gives itself: {', '.join(listed)}.")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _told(event: type[Event]) -> str:
    own = event.__dict__.get("__doc__") or ""
    return " ".join(own.split("\n\n")[0].split()).replace("|", "\\|")


def _hearers() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for service in load(list(ALL)):
        for subscription in service.subscribers.values():
            found.setdefault(address(subscription.event), []).append(service.name)
        for listening in service.listeners:
            found.setdefault(address(listening.event), []).append(f"{service.name} (every process)")
    for event in HEARD_BY_THE_KERNEL:
        found.setdefault(address(event), []).append("every process")
    return {name: sorted(set(names)) for name, names in found.items()}
