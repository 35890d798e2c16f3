"""All errors of a request at once. msgspec stops at the first one; after a failure this walks field by field."""

import types
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from tradehall.kernel.errors import FieldError


def problems(shape: Any, value: Any, path: str = "") -> list[FieldError]:
    """What is wrong with `value` (JSON built-ins) as a `shape`; `path` is the dotted place of the value."""
    core = _tagged(_core(shape), value)
    if isinstance(core, type) and issubclass(core, msgspec.Struct) and isinstance(value, dict):
        return _struct_problems(core, value, path)
    if get_origin(core) is list and isinstance(value, list):
        (item,) = get_args(core)
        found = [p for i, entry in enumerate(value) for p in problems(item, entry, f"{path}[{i}]")]
        return found or _convert(shape, value, path)
    return _convert(shape, value, path)


def _struct_problems(struct: type[msgspec.Struct], value: dict[str, Any], path: str) -> list[FieldError]:
    found: list[FieldError] = []
    for field in msgspec.structs.fields(struct):
        name = f"{path}.{field.encode_name}" if path else field.encode_name
        if field.encode_name in value:
            found += problems(field.type, value[field.encode_name], name)
        elif field.required:
            found.append(FieldError(name, "is required"))
    return found or _convert(struct, value, path)


def _convert(shape: Any, value: Any, path: str) -> list[FieldError]:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        rule, _, place = str(error).partition(" - at `$")
        meant = "" if place else _meaning(shape)
        rule = f"must be {meant}" if meant and "matching regex" in rule else _plain(rule)
        return [FieldError((path + place.rstrip("`")).lstrip(".") or "body", rule)]
    return []


def _meaning(shape: Any) -> str:
    """What a pattern stands for, as its Meta says it; a regular expression tells few people anything."""
    if get_origin(shape) in (Union, types.UnionType):
        return next((said for arg in get_args(shape) if (said := _meaning(arg))), "")
    metas = get_args(shape)[1:] if get_origin(shape) is Annotated else ()
    return next((meta.description for meta in metas if isinstance(meta, msgspec.Meta) and meta.description), "")


def _core(shape: Any) -> Any:
    """The struct or list inside Annotated, Optional."""
    if get_origin(shape) is Annotated:
        return _core(get_args(shape)[0])
    if get_origin(shape) in (Union, types.UnionType):
        inner = [arg for arg in get_args(shape) if arg is not type(None)]
        if len(inner) == 1:
            return _core(inner[0])
    return shape


def _tagged(core: Any, value: Any) -> Any:
    """Of a union of structs the one that the value's tag names."""
    if get_origin(core) in (Union, types.UnionType) and isinstance(value, dict):
        for arg in get_args(core):
            config = getattr(arg, "__struct_config__", None)
            if config is not None and config.tag is not None and value.get(config.tag_field) == config.tag:
                return arg
    return core


def _plain(rule: str) -> str:
    rule = rule.replace("Expected ", "must be ", 1).replace("`", "")
    return rule[:1].lower() + rule[1:] if rule else "is not valid"
