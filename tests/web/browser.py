"""A browser without JavaScript: it keeps cookies, fills in forms and sends what is in them."""

from html.parser import HTMLParser
from typing import Any

import httpx


class Form(HTMLParser):
    """The form with this action: its fields as a browser would send them."""

    def __init__(self, html: str, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, Any] = {}
        self.found = False
        self._inside = False
        self._select = self._area = ""
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
        kind = given.get("type")
        unsent = kind == "file" or (kind in ("radio", "checkbox") and "checked" not in given)
        if tag == "input" and name and not unsent:
            self._keep(name, value)
        elif tag == "textarea":
            self.fields[name], self._area = "", name
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.fields):
            self.fields[self._select] = value

    def _keep(self, name: str, value: str) -> None:
        """What stands there several times is sent several times."""
        there = self.fields.get(name)
        self.fields[name] = value if there is None else [*(there if isinstance(there, list) else [there]), value]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
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
