"""Texts, numbers and what is refused."""

import re
from typing import Any

from tests.providers.loopback import ApiError


def refusal(status: int, code: str, message: str, type: str = "invalid_request") -> ApiError:
    link = f"https://docs.meilisearch.com/errors#{code}"
    return ApiError(status, {"message": message, "code": code, "type": type, "link": link})


def tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def facet_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return (
            f"{value:g}"
            if float(value).is_integer() and abs(value) < 1e6
            else str(int(value))
            if float(value).is_integer()
            else str(value)
        )
    return str(value)


def values_of(document: dict[str, Any], name: str) -> list[Any]:
    """What stands under a dotted name, one by one."""
    value: Any = document
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    return [one for one in values if one is not None and not isinstance(one, dict)]


def equal_to(document: dict[str, Any], name: str) -> set[str]:
    return {facet_text(value).lower() for value in values_of(document, name)}


def by_value(document: dict[str, Any], name: str, descending: bool) -> Any:
    """Numbers before texts, and what has none of either last."""
    values = values_of(document, name)
    numbers = [value for value in values if is_number(value)]
    if numbers:
        return (0, -max(numbers) if descending else min(numbers))
    said = sorted(str(value).lower() for value in values)
    if not said:
        return (2, 0)
    return (1, (*(-ord(c) for c in said[-1]), 1) if descending else said[0])
