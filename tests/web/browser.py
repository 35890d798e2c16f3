"""A browser without JavaScript: it keeps cookies, fills in forms and sends what is in them."""

from html.parser import HTMLParser
from typing import Any

import httpx


class Form(HTMLParser):
    """The form with this action: its fields as a browser would send them."""

    def __init__(self, html: str, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, str] = {}
        self.found = False
        self._inside = False
        self._select = ""
        self.feed(html)
        assert self.found, f"no form posts to {action}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action") == self.action and not self.found
            self.found |= self._inside
        if not self._inside or "disabled" in given:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "input" and name and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.fields[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "form":
            self._inside = False


class Browser:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = httpx.Response(200, text="")

    async def open(self, path: str) -> httpx.Response:
        """Follows redirects, as browsers do."""
        self.page = await self.client.get(path, follow_redirects=True)
        return self.page

    async def send(self, action: str, **changes: Any) -> httpx.Response:
        """Sends the form on the current page; `changes` are what the visitor types."""
        fields = Form(self.page.text, action).fields | changes
        files = {name: fields.pop(name) for name in list(fields) if isinstance(fields[name], tuple)}
        self.page = await self.client.post(action, data=fields, files=files or None, follow_redirects=True)
        return self.page

    async def add(self, slug: str, **changes: Any) -> httpx.Response:
        await self.open(f"/products/{slug}")
        return await self.send("/cart/items", **changes)

    async def log_in(self, email: str, password: str = "correct horse") -> httpx.Response:
        await self.open("/login")
        return await self.send("/login", email=email, password=password)
