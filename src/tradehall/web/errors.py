"""Refusals as pages."""

from typing import Any

from litestar import MediaType, Request, Response

from tradehall.contracts.stores import Store
from tradehall.kernel.ids import NO_STORE
from tradehall.kernel.problems import Problem
from tradehall.web.render import address, render

HEADINGS = {
    401: "Log in to go on",
    403: "This is not open to you",
    404: "There is nothing here",
    405: "This page cannot be used that way",
    413: "That is too large",
    429: "Too many tries",
    503: "We need a moment",
}
FRAMED = ("admin/error.html", "account/error.html", "operator/error.html")
HELPS = {"second-factor-missing": "/account/second-factor"}


def closed_page(store: Store, problem: Problem) -> Response[str]:
    """Of a store that sells nothing now: without a way into it."""
    html = render("closed.html", store, problem=problem, visit=None, cart_badge="", csrf="", here="/")
    headers = {"cache-control": "no-store"}
    return Response(html, status_code=problem.status, media_type=MediaType.HTML, headers=headers)


def error_page(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Where logging in, or a second factor, is what helps: the page for it instead."""
    store: Store = request.scope["state"]["store"]
    helps = "/login" if problem.status == 401 else HELPS.get(problem.type)
    if helps and request.method == "GET":
        query = request.url.query
        here = request.url.path + (f"?{query}" if query else "")
        if store.id == NO_STORE:
            return Response("", status_code=303, headers={"location": address("/operator/login", then=here)})
        return Response("", status_code=303, headers={"location": address(helps, next=here)})
    if problem.type in ("store-suspended", "store-closed"):
        return closed_page(store, problem)
    heading = HEADINGS.get(problem.status) or ("Something went wrong" if problem.status >= 500 else "That did not work")
    if problem.type == "form-expired":
        heading = problem.title
    template = _template(request.url.path, platform=store.id == NO_STORE)
    shown = {"problem": problem, "heading": heading, "section": ""}
    visit = request.scope["state"].get("visit")
    if visit is not None and template in FRAMED:
        page: Response[Any] = visit.refusal(template, problem.status, **shown)
        return page
    html = render(template, store, visit=None, cart_badge="", unread_badge="", csrf="", here="/", **shown)
    return Response(html, status_code=problem.status, media_type=MediaType.HTML, headers={"cache-control": "no-store"})


def _template(path: str, *, platform: bool) -> str:
    """Of the frame that the path's pages have."""
    if platform:
        return "operator/error.html" if f"{path}/".startswith("/operator/") else "start/error.html"
    frames = {"/admin/": "admin/error.html", "/sell/": "account/error.html"}
    return next((page for start, page in frames.items() if f"{path}/".startswith(start)), "error.html")
