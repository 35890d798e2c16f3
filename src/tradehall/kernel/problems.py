"""problem+json (RFC 9457), and the one place where exceptions become answers."""

import logging
from typing import Any

import asyncpg
import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, NoRouteMatchFoundException, ValidationException
from litestar.exceptions import NotFoundException as NoRoute
from litestar.types import Empty
from litestar.utils.scope.state import ScopeState

from tradehall.kernel.context import correlation
from tradehall.kernel.db import GONE
from tradehall.kernel.errors import BadRequest, Busy, FieldError, Invalid, Refusal
from tradehall.kernel.validate import problems as body_problems

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`type` is a stable slug; `errors` names each field and its rule."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = msgspec.field(default_factory=list)
    correlation_id: str = ""
    extra: dict[str, Any] = msgspec.field(default_factory=dict)


def problem_of(refusal: Refusal) -> Problem:
    return Problem(
        type=refusal.slug,
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        errors=list(refusal.errors),
        correlation_id=correlation(),
        extra=refusal.extra,
    )


def problem_body(refusal: Refusal) -> bytes:
    return msgspec.json.encode(problem_of(refusal))


def respond(problem: Problem, headers: dict[str, str] | None = None) -> Response[bytes]:
    return Response(
        msgspec.json.encode(problem), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers or {}
    )


def on_refusal(request: Request[Any, Any, Any], refusal: Refusal) -> Response[bytes]:
    return respond(problem_of(refusal), refusal.headers)


def on_invalid(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    return on_refusal(request, Invalid("Some fields are not right.", errors=field_errors(request, error)))


def field_errors(request: Request[Any, Any, Any], error: ValidationException) -> list[FieldError]:
    """Of a body: all. Of parameters: those Litestar names."""
    handler = request.scope.get("route_handler")
    field = getattr(handler, "parsed_data_field", None)
    found: list[FieldError] = []
    body = ScopeState.from_scope(request.scope).json
    if field is not None and body is not Empty:
        found = body_problems(field.raw, body)
    if not found and isinstance(error.extra, list):
        found = [FieldError(str(e.get("key") or "body"), str(e.get("message", ""))) for e in error.extra]
    return found or [FieldError("body", error.detail)]


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    slugs = {400: "bad-request", 401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed",
             413: "too-large", 415: "unsupported-media-type"}  # fmt: skip
    status = error.status_code
    detail = "There is nothing here." if isinstance(error, NoRoute | NoRouteMatchFoundException) else error.detail
    return respond(
        Problem(
            type=slugs.get(status, "error"),
            title=detail,
            status=status,
            correlation_id=correlation(),
        ),
        error.headers,
    )


def on_crash(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    if isinstance(error, RecursionError) and ScopeState.from_scope(request.scope).json is Empty:
        # msgspec, of a body nested beyond the interpreter's stack
        return on_refusal(
            request, BadRequest("body: is nested too deep", errors=[FieldError("body", "is nested too deep")])
        )
    if refusal := _refusal_of(error):
        # The message may quote the value.
        log.warning("%s %s: %s", request.method, request.scope.get("path_template", ""), type(error).__name__)
        return on_refusal(request, refusal)
    log.error("%s %s failed", request.method, request.scope.get("path_template", ""), exc_info=error)
    return respond(
        Problem(
            type="internal-error",
            title="Something went wrong on our side",
            status=500,
            detail="It has been noted under this correlation id.",
            correlation_id=correlation(),
        )
    )


def _refusal_of(error: Exception) -> Refusal | None:
    """What the database says of values that no route looked at closely enough, or by its absence."""
    if isinstance(error, asyncpg.CharacterNotInRepertoireError | asyncpg.UntranslatableCharacterError):
        return Invalid("A text holds a character that cannot be stored, such as NUL.")
    if isinstance(error, asyncpg.DataError):
        return Invalid("A value is beyond what can be stored.")
    if isinstance(error, (*GONE, ConnectionError, TimeoutError)):
        return Busy()
    return None
