"""One request of a visitor: who they are, their cart, the API in their name, and the page that goes back."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response
from litestar.datastructures import Cookie, FormMultiDict
from litestar.di import NamedDependency

from tradehall.contracts.stores import Store
from tradehall.kernel.auth import Principal, same_secret
from tradehall.kernel.errors import Forbidden, Refusal, Unauthorized
from tradehall.kernel.origin import address_of
from tradehall.kernel.runtime import Running
from tradehall.web import carried, sections
from tradehall.web.cache import CART_MARK, COUNT_MARK, CSRF_MARK, UNREAD_MARK, PageCache, Shared
from tradehall.web.carried import C, Carried
from tradehall.web.client import Api, ApiProblem, Json
from tradehall.web.render import render
from tradehall.web.sections import Section
from tradehall.web.sessions import (
    CART,
    CART_LIFE,
    COUNTED,
    COUNTED_LIFE,
    SESSION,
    SESSION_LIFE,
    VISITOR,
    Refresher,
    Tokens,
    csrf_token,
)
from tradehall.web.static_files import static

Page = Response[Any]
HTML = "text/html; charset=utf-8"
PRIVATE = {"cache-control": "private, no-cache", "vary": "Cookie"}
# Of a page with a secret on it, or in its address.
SECRET = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
LONGEST_PATH = 1000  # characters of a path to go to next: it may have to fit into a cookie


pages = PageCache()
shared = Shared()
refresher = Refresher()


class NeedsLogin(Unauthorized):
    title = "Log in first"


class Forged(Forbidden):
    slug = "form-expired"
    title = "This form is no longer valid"


class SecondFactorMissing(Forbidden):
    slug = "second-factor-missing"
    title = "This store wants a second factor of its staff; set it up under “Your account”, then go on"


class Visit:
    """`cart`, `tree` (the categories) and `unread` (notifications) are what every page's frame shows. Cookies set here go out with whatever page the visit ends in."""

    session_cookie = SESSION
    refreshing = "/api/v1/auth/refresh"

    def __init__(self, request: Request[Any, Any, Any], store: Store, running: Running) -> None:
        self.request = request
        self.store = store
        self.running = running
        cookies = request.cookies
        self.tokens = Tokens.from_cookie(cookies.get(self.session_cookie, ""))
        self.api = Api(
            running,
            request.headers.get("host", ""),
            cart_id=_uuid(cookies.get(CART, "")),
            device={
                "user-agent": _plain(request.headers.get("user-agent", "")),
                "x-forwarded-for": address_of(request),
            },
        )
        self.principal: Principal | None = None
        self.cart: Json | None = None
        self.tree: list[Json] | None = None
        self.unread: int | None = None
        self.rule: str | None = None  # of counting clicks
        self._counted = cookies.get(COUNTED, "")[:64]
        self._visitor = cookies.get(VISITOR, "")[:64]
        self._cookies: list[Cookie] = []
        if not self._visitor:
            self._visitor = secrets.token_urlsafe(18)
            self._set(VISITOR, self._visitor, None)

    @property
    def known(self) -> bool:
        """Brings a session or a cart along, so that pages are made for them alone."""
        return self.tokens is not None or bool(self.api.cart_id)

    @property
    def is_admin(self) -> bool:
        return self.principal is not None and self.principal.is_admin

    @property
    def sections(self) -> list[Section]:
        """Of the back office, as far as it is open to them."""
        return sections.open_to(self.principal)

    @property
    def htmx(self) -> bool:
        return self.request.headers.get("hx-request") == "true"

    @property
    def here(self) -> str:
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    def _set(self, name: str, value: str, life: int | None) -> None:
        secure = self.running.settings.secure_cookies
        self._cookies = [cookie for cookie in self._cookies if cookie.key != name]
        self._cookies.append(Cookie(key=name, value=value, max_age=life, httponly=True, samesite="lax", secure=secure))

    def keep_tokens(self, tokens: Tokens | None) -> None:
        """A session begins, goes on with new tokens, or (None) ends."""
        self.tokens = tokens
        self.api.access = tokens.access if tokens else ""
        self._set(self.session_cookie, tokens.to_cookie() if tokens else "", SESSION_LIFE if tokens else 0)

    def carry(self, thing: Carried) -> None:
        """For a page to come."""
        self._set(thing.cookie, carried.close(self.running.settings.secret, thing, about=self._about), thing.life)

    def carried(self, kind: type[C]) -> C | None:
        value = self.request.cookies.get(kind.cookie, "")
        return carried.reopen(self.running.settings.secret, kind, value, about=self._about) if value else None

    def put_down(self, kind: type[Carried]) -> None:
        self._set(kind.cookie, "", 0)

    @property
    def _about(self) -> str:
        """What is carried is of this browser at this store."""
        return f"{self.store.id} {self._visitor}"

    def keep_cart(self, cart: Json) -> None:
        """A guest's cart is found by its cookie, an account's by the account."""
        self.cart = cart
        cart_id = str(cart.get("id") or "")
        if self.principal is None and cart_id and cart_id != self.api.cart_id:
            self.api.cart_id = cart_id
            self._set(CART, cart_id, CART_LIFE)

    @property
    def agreed(self) -> bool:
        """To be counted and known again."""
        return bool(_uuid(self._counted))

    @property
    def declined(self) -> bool:
        return self._counted == "no"

    def keep_agreement(self, value: str) -> None:
        """A random number, or "no"."""
        self._set(COUNTED, value, COUNTED_LIFE)

    def forget_cart(self) -> None:
        if self.api.cart_id:
            self.api.cart_id = ""
            self._set(CART, "", 0)

    async def identify(self) -> None:
        """Finds the principal; a session that is over is dropped, and the visitor goes on as a guest."""
        if self.tokens is not None:
            self.api.access = self.tokens.access
            await self._recognise(self.tokens, anew=self.tokens.stale)

    async def renew(self) -> None:
        """Tokens that know of what has changed: roles that come with a second factor."""
        if self.tokens is not None:
            await self._recognise(self.tokens, anew=True)

    async def _recognise(self, tokens: Tokens, *, anew: bool) -> None:
        try:
            if anew:
                self.keep_tokens(await refresher.refresh(self.api, tokens, self.refreshing))
            if self.tokens is not None:
                principal = await self.running.verifier.verify(self.tokens.access)
                if principal.store_id not in (None, self.store.id):
                    raise Unauthorized()
                self.principal = principal
        except Unauthorized:
            self.keep_tokens(None)

    def need_login(self) -> Principal:
        """Raises NeedsLogin, which a browser sees as the log-in page."""
        if self.principal is None:
            raise NeedsLogin()
        return self.principal

    def need_admin(self) -> Principal:
        """Raises NeedsLogin, SecondFactorMissing, Forbidden."""
        return self._need(self.is_admin)

    def need_section(self, code: str) -> Principal:
        """Of the back office. Raises as `need_admin`."""
        return self._need(any(section.code == code for section in self.sections))

    def need_back_office(self) -> Principal:
        """Of whatever part of it. Raises as `need_admin`."""
        return self._need(bool(self.sections))

    def _need(self, enough: bool) -> Principal:
        principal = self.need_login()
        if not enough:
            incomplete = self.tokens is not None and self.tokens.incomplete
            raise SecondFactorMissing() if incomplete else Forbidden("This part of the store is for its staff.")
        return principal

    async def settings(self) -> Store:
        """The store as it is this moment: an event about a change may still be on its way to this process."""
        return msgspec.convert(await self.api.get("/api/v1/store"), Store)

    async def form(self) -> FormMultiDict:
        """The posted fields. Raises Forged for a post that does not come from a page of this store."""
        origin = self.request.headers.get("origin")
        if origin and origin != "null" and urlsplit(origin).netloc != self.request.headers.get("host", ""):
            raise Forged("The form was sent from another site.")
        if self.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Forged("The form was sent from another site.")
        form = await self.request.form()
        given, wanted = form.get("_csrf", ""), csrf_token(self.running.settings.secret, self._visitor)
        if not isinstance(given, str) or not same_secret(given, wanted):
            raise Forged("Go back, reload the page and try again. Your browser must accept cookies.")
        return form

    async def load_cart(self) -> None:
        """For the header's count; a cart that cannot be had does not spoil the page."""
        if self.known and self.cart is None:
            with contextlib.suppress(Refusal):
                self.keep_cart(await self.api.get("/api/v1/cart"))

    async def load_unread(self) -> None:
        """For the header's count, of who is logged in; without it the page is as good."""
        if self.principal is not None and self.unread is None:
            with contextlib.suppress(Refusal):
                self.unread = (await self.api.get("/api/v1/me/notifications", limit=1))["unread"]

    async def load_rule(self) -> None:
        """How clicks are counted; not at all, where nobody says."""
        if self.rule is None:
            path = "/api/v1/clicks/rule"
            try:
                found = await shared.get((self.store.id, path), lambda: self._listed(path))
                self.rule = str(found[0]["clicks"])
            except Refusal:
                self.rule = "off"

    async def _listed(self, path: str) -> list[Json]:
        return [await Api(self.running, self.api.host).get(path)]

    async def load_tree(self) -> None:
        if self.tree is None:
            try:
                self.tree = await self.common("/api/v1/categories?levels=2")
            except Refusal:
                self.tree = []

    async def common(self, path: str) -> list[Json]:
        """A list that is the same for everyone and may be a few seconds old."""
        return await shared.get((self.store.id, path), lambda: Api(self.running, self.api.host).get(path))

    async def framed(self, *asked: Awaitable[Any]) -> list[Any]:
        """What was asked for, while the frame's own data is fetched beside it."""
        _, *answers = await asyncio.gather(self.load_tree(), *asked)
        return answers

    def html(self, template: str, **context: Any) -> str:
        return render(
            template,
            self.store,
            visit=self,
            csrf=CSRF_MARK,
            here=self.here,
            tree=self.tree or [],
            cart_badge=CART_MARK,
            unread_badge=UNREAD_MARK,
            counting=COUNT_MARK,
            **context,
        )

    def _body(self, parts: list[bytes]) -> bytes:
        """The page, with what is this visitor's alone filled in."""
        token = csrf_token(self.running.settings.secret, self._visitor).encode() if len(parts) > 1 else b""
        count = int((self.cart or {}).get("count", 0))
        badge = f'<span id="cart-count" class="badge"{"" if count else " hidden"}>{count}</span>'
        unread = f'<span class="badge">{self.unread}<span class="unseen"> unread</span></span>' if self.unread else ""
        return (
            token.join(parts)
            .replace(CART_MARK.encode(), badge.encode())
            .replace(UNREAD_MARK.encode(), unread.encode())
            .replace(COUNT_MARK.encode(), self._counting().encode())
        )

    def _counting(self) -> str:
        """The script that counts, the question whether it may, or nothing."""
        headers = self.request.headers
        if headers.get("dnt") == "1" or headers.get("sec-gpc") == "1":
            return ""
        if self.rule == "counted" or (self.rule == "asked" and self.agreed):
            return f'<script src="{static("clicks.js")}" defer></script>'
        if self.rule == "asked" and not self.declined:
            token = csrf_token(self.running.settings.secret, self._visitor)
            return render("parts/consent.html", self.store, csrf=token, here=self.here)
        return ""

    async def page(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any
    ) -> Page:
        await asyncio.gather(self.load_cart(), self.load_tree(), self.load_unread(), self.load_rule())
        parts = self.html(template, **context).encode().split(CSRF_MARK.encode())
        return self.answer(self._body(parts), status, headers)

    async def shared_page(self, make: Callable[[], Awaitable[str]]) -> Page:
        """`make` renders a page that is the same for all who have no session: it is kept for a second."""
        if self.principal is not None:
            page, *_ = await asyncio.gather(make(), self.load_cart(), self.load_unread(), self.load_rule())
            return self.answer(self._body(page.encode().split(CSRF_MARK.encode())))
        url = self.request.url
        page_parts = pages.get((self.store.id, url.path, url.query), make)
        parts, *_ = await asyncio.gather(page_parts, self.load_cart(), self.load_rule())
        return self.answer(self._body(parts))

    def refusal(self, template: str, status: int, **context: Any) -> Page:
        """A page instead of the one that was asked for, in the visitor's name. What was fetched may be what failed: it is left out."""
        self.tree, self.unread = None, None
        parts = self.html(template, **context).encode().split(CSRF_MARK.encode())
        return self.answer(self._body(parts), status, {"cache-control": "no-store"})

    def answer(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Page:
        headers = PRIVATE | (headers or {})
        return Response(body, status_code=status, media_type=HTML, headers=headers, cookies=self._cookies)

    def go(self, path: str) -> Page:
        """303, so that a reload does not post again."""
        headers = {"location": path, "cache-control": "no-store"}
        return Response(b"", status_code=303, media_type=MediaType.TEXT, headers=headers, cookies=self._cookies)

    def moved(self, path: str) -> Page:
        """301, kept by nobody: the address may be another page's tomorrow."""
        headers = {"location": path, "cache-control": "no-store"}
        return Response(b"", status_code=301, media_type=MediaType.TEXT, headers=headers, cookies=self._cookies)

    def nothing_new(self) -> Page:
        """204: htmx leaves the page as it is."""
        return Response(b"", status_code=204, media_type=MediaType.TEXT, headers=PRIVATE, cookies=self._cookies)


async def visit(
    request: Request[Any, Any, Any], store: NamedDependency[Store], running: NamedDependency[Running]
) -> Visit:
    found = Visit(request, store, running)
    await found.identify()
    request.scope["state"]["visit"] = found  # what refuses later shows its page in their name
    return found


def local_path(value: object, otherwise: str = "/") -> str:
    """A path of this site to go to next; anything that leads elsewhere becomes `otherwise`."""
    text = value if isinstance(value, str) else ""
    if (
        not text.startswith("/")
        or text.startswith("//")
        or "\\" in text
        or not text.isprintable()
        or len(text) > LONGEST_PATH
    ):
        return otherwise
    return text


def problem_text(problem: ApiProblem) -> str:
    return problem.detail or problem.title


def _plain(text: str) -> str:
    """As it may stand in a header."""
    return "".join(c for c in text if " " <= c <= "~")[:300]


def _uuid(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""
