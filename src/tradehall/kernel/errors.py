"""Refusals. Each carries its HTTP status and a stable slug; one renderer turns it into problem+json."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """`field` is the dotted path in the request body, or the parameter's name; `rule` says what it must be."""

    field: str
    rule: str


class Refusal(Exception):
    """A rule said no. Subscribers that raise it are not retried.

    >>> raise NotFound("There is no order with this number.")
    """

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = extra


class Invalid(Refusal):
    status = 422
    slug = "invalid"
    title = "Some fields are not right"

    @classmethod
    def field(cls, field: str, rule: str) -> "Invalid":
        return cls(f"{field}: {rule}", errors=[FieldError(field, rule)])


class BadRequest(Refusal):
    pass


class Unauthorized(Refusal):
    status = 401
    slug = "unauthorized"
    title = "Sign in first"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"www-authenticate": "Bearer"})


class Forbidden(Refusal):
    status = 403
    slug = "forbidden"
    title = "You may not do this"


class NotFound(Refusal):
    status = 404
    slug = "not-found"
    title = "There is nothing here"


class Conflict(Refusal):
    status = 409
    slug = "conflict"
    title = "The state of things does not allow this"


class TooLarge(Refusal):
    status = 413
    slug = "too-large"
    title = "The request is too large"


class Unsupported(Refusal):
    status = 415
    slug = "unsupported-media-type"
    title = "This kind of content is not accepted"


class TooMany(Refusal):
    status = 429
    slug = "too-many-requests"
    title = "Too many requests; try again later"


class Busy(Refusal):
    status = 503
    slug = "busy"
    title = "Too much work at the moment; try again shortly"


class Away(Exception):
    """A part outside this process does not answer. Whatever was under way may be done again: a request gets 503, an
    event waits for the part to come back instead of being given up."""
