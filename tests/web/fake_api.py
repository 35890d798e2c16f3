"""The public API as the pages need it, in memory, with the demo's own products: for looking at pages and testing them
without eight services. It is strict about what it is asked, and `fail` makes any route refuse.
"""

import base64
import itertools
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import tradehall.demo
from tradehall.contracts.stores import AS_IT_IS, Look, Store
from tradehall.services.catalog.model import slug_of

DATA = Path(tradehall.demo.__file__).parent / "data"
Json = dict[str, Any]
CODE = "042137"
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")  # fmt: skip


def an_id(*names: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(names)))


def demo_store(slug: str) -> Store:
    told = json.loads((DATA / f"{slug}.json").read_text())
    look = Look(theme=slug, tagline=told["tagline"], about=told["about"], **told["colors"])
    return Store(
        id=UUID(an_id(slug)),
        slug=slug,
        name=told["name"],
        hosts=[f"{slug}.localhost"],
        currency=told["currency"],
        locale=told["locale"],
        timezone=told["timezone"],
        checkout_mode=told["checkout_mode"],
        payment_methods=told["payment_methods"],
        look=look,
    )


def _is(value: str | None, wanted: list[str]) -> bool:
    """One of the values, or a number within one of the ranges."""
    if value is None:
        return False
    ranges = [one.split("..") for one in wanted if ".." in one]
    return value in wanted or any(float(low or "-inf") <= float(value) <= float(high or "inf") for low, high in ranges)


ACTIONS: dict[str, Json] = {
    "stripe": {"kind": "page", "url": "https://pay.example/1"},
    "pagarme-pix": {"kind": "pix", "url": "", "code": "00020101021226580014br.gov.bcb.pix0136aaaa6304ABCD"},
    "bank-slip": {"kind": "slip", "url": "", "code": "ABCD-2345", "bank": "Ray's Cars\nFirst Bank"},
    "pagarme-boleto": {
        "kind": "boleto",
        "url": "https://pay.example/slip.pdf",
        "code": "34191.09008 63521.980020 93127.310007 1 98760000005000",
    },
}


class Refused(Exception):
    def __init__(
        self, status: int, slug: str, detail: str = "", errors: tuple[tuple[str, str], ...] = (), **extra: Any
    ):
        self.status = status
        self.problem = {
            "type": slug,
            "title": slug,
            "status": status,
            "detail": detail or slug,
            "errors": [{"field": field, "rule": rule} for field, rule in errors],
            "extra": extra,
        }


class FakeApi:
    """An ASGI app. `asked` has every request as (method, path, headers, body)."""

    def __init__(self, slug: str, *, pictures: str = "") -> None:
        self.store = demo_store(slug)
        self.told: Json = json.loads((DATA / f"{slug}.json").read_text())
        self.pictures = pictures
        self.index = json.loads(Path(pictures, slug, "index.json").read_text()) if pictures else {}
        self.sellers = {s["slug"]: {"id": an_id(slug, s["slug"]), **s} for s in self.told["sellers"]}
        self.products = {p["slug"]: self._product(p) for p in self.told["products"]}
        self.variants = {v["id"]: (p, v) for p in self.products.values() for v in p["variants"]}
        self.moved: dict[str, str] = {}
        self.carts: dict[str, dict[str, int]] = {}
        self.left: dict[str, set[str]] = {}  # lines that are not selected
        self.changed: dict[str, Json] = {}
        self.reminders: dict[str, bool] = {}
        self.orders: dict[str, Json] = {}
        self.payments: dict[str, Json] = {}
        self.accounts: list[Json] = []
        self.books: Json = {}
        self.bank = ""
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.fail: dict[str, Refused] = {}
        self.tokens: dict[str, Json] = {}
        self.used: set[str] = set()
        self.numbers = itertools.count(10412)
        self.sign: Any = None
        self.lives = 900
        self.verified = False
        self.new_email: str | None = None

    def money(self, amount: int) -> Json:
        return {"amount": amount, "currency": self.store.currency}

    def _product(self, told: Json) -> Json:
        slug, store = told["slug"], self.store.slug
        seller = self.sellers[told["seller"]]
        drawn: Json = self.index.get(slug, {"views": [], "variants": {}})
        images = [
            {
                "key": f,
                "url": f"/media/{store}/{f}",
                "thumb": f"/media/{store}/{f}",
                "alt": told["name"],
                "width": 800,
                "height": 800,
            }
            for f in drawn["views"]
        ]
        variants = [
            {
                "id": an_id(store, v["sku"]),
                "sku": v["sku"],
                "options": v["options"],
                "price": self.money(v["price"]),
                "compare_at": self.money(v["compare_at"]) if v["compare_at"] else None,
                "available": sum(v["stock"].values()),
                "backorder": False,
                "image": f"/media/{store}/{drawn['variants'][v['sku']]}" if v["sku"] in drawn["variants"] else None,
                "weight_g": v["weight_g"],
            }
            for v in told["variants"]
        ]
        cheapest = min(variants, key=lambda v: v["price"]["amount"])
        return {
            "id": an_id(store, slug),
            "slug": slug,
            "name": told["name"],
            "brand": told["brand"],
            "brand_slug": slug_of(told["brand"], "brand") if told["brand"] else None,
            "price": cheapest["price"],
            "price_to": max((v["price"] for v in variants), key=lambda price: price["amount"]),
            "compare_at": cheapest["compare_at"],
            "available": sum(v["available"] for v in variants),
            "image": images[0]["thumb"] if images else None,
            "images": images,
            "description": told["description"],
            "specifications": [{"name": k, "value": v} for k, v in told["specifications"].items()],
            "options": [
                {"name": name, "values": list(dict.fromkeys(v["options"][name] for v in told["variants"]))}
                for name in told["options"]
            ],
            "tags": told["tags"],
            "variants": variants,
            "rating": told["rating"],
            "seller": {key: seller[key] for key in ("id", "slug", "name")},
            "category": told["category"],
            "category_path": [{"slug": told["category"], "name": told["category"].title()}],
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        many = parse_qs(scope["query_string"].decode())
        query = {k: v[0] for k, v in many.items()} | {"many": many}
        path = unquote(scope["path"])
        is_json = headers.get("content-type", "").startswith("application/json")
        data = json.loads(body) if body and is_json else body
        self.asked.append((scope["method"], path, headers, data))
        kind = b"application/json"
        try:
            if f"{scope['method']} {path}" in self.fail:
                raise self.fail[f"{scope['method']} {path}"]
            status, answer = self.answer(scope["method"], path, query, headers, data)
        except Refused as refused:
            status, answer, kind = refused.status, refused.problem, b"application/problem+json"
        if isinstance(answer, bytes):
            content, kind = answer, b"image/png"
        else:
            content = b"" if answer is None else json.dumps(answer, default=str).encode()
        sent = [(b"content-type", kind)]
        if path == "/api/v1/cart/items":  # as carts does, for clients that are browsers themselves
            sent.append((b"set-cookie", b"cart=00000000-0000-4000-8000-000000000000; Path=/"))
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": content})

    def answer(self, method: str, path: str, query: Json, headers: dict[str, str], data: Any) -> tuple[int, Any]:
        parts = path.strip("/").split("/")[2:]
        match method, parts:
            case "GET", ["products"]:
                return 200, self._list(query)
            case "GET", ["products", "facets"]:
                return 200, self._facets(query)
            case "GET", ["products", slug]:
                if slug in self.moved:
                    raise Refused(301, "moved", slug=self.moved[slug])
                if slug not in self.products:
                    raise Refused(404, "unknown-product", "There is no such product.")
                product = self.products[slug]
                related = [
                    p for p in self.products.values() if p["category"] == product["category"] and p is not product
                ]
                return 200, {**product, "related": [self._card(p) for p in related[:8]]}
            case "GET", ["categories"]:
                return 200, self._tree(None)
            case "GET", ["categories", slug]:
                return 200, self._category(slug)
            case "GET", ["sellers"]:
                return 200, {"items": list(self.sellers.values()), "next": None}
            case _, ["cart", *rest]:
                return self._cart(method, rest, headers, data)
            case "POST", ["shipping", "quotes"]:
                return 200, {"options": self._quotes(data)}
            case "POST", ["auth", "password", "forgot"]:
                if "@" not in data["email"]:
                    raise Refused(422, "invalid", errors=(("email", "must be an e-mail address"),))
                return 202, None
            case "POST", ["auth", "password", "reset"]:
                if data["code"] != CODE:
                    raise Refused(422, "wrong-code", errors=(("code", "is wrong, or no longer valid"),))
                return 204, None
            case "POST", ["auth", "email", "verify"]:
                if data["code"] != CODE:
                    raise Refused(422, "wrong-code", errors=(("code", "is wrong, or no longer valid"),))
                self.verified = True
                return 200, {}
            case "POST", ["auth", "email", "resend"]:
                return 202, None
            case "GET", ["auth", "issuers"]:
                return 200, []
            case "GET", ["me", "notifications"]:
                return 200, {"items": [], "next": None, "unread": 0}
            case _, ["auth", what]:
                return self._auth(what, data)
            case "GET", ["me"]:
                return 200, {
                    "email": "lena@atlantic.example",
                    "name": "Lena Halvorsen",
                    "roles": self._roles(headers),
                    "email_verified": self.verified,
                    "new_email": self.new_email,
                }
            case "POST", ["me", "password" | "email" as what]:
                if data["current"] != "correct horse":
                    raise Refused(422, "wrong-password", errors=(("current", "is not your password"),))
                self.new_email = data["email"] if what == "email" else self.new_email
                return (202 if what == "email" else 204), None
            case "POST", ["me", "email", "confirm"]:
                if data["code"] != CODE:
                    raise Refused(422, "wrong-code", errors=(("code", "is wrong, or no longer valid"),))
                self.new_email = None
                return 200, {}
            case _, ["me", "message-choices"]:
                if method == "PUT":
                    self.reminders["me"] = data["kinds"]["reminders"]["email"]
                return 200, self._choices("me")
            case _, ["message-choices"]:
                asked = data if method == "PUT" else query
                if asked["token"] != "right":
                    raise Refused(404, "bad-link", "This link leads nowhere.")
                if method == "PUT":
                    self.reminders[asked["person"]] = data["kinds"]["reminders"]["email"]
                return 200, self._choices(asked["person"])
            case "POST", ["reminders", "stop"]:
                if data["token"] != "right":
                    raise Refused(404, "bad-link", "This link leads nowhere.")
                self.reminders[data["person"]] = False
                return 200, self._choices(data["person"])
            case "GET", ["me", "devices"]:
                return 200, {"public_key": "B" * 87, "items": []}
            case "GET", ["me", "addresses"]:
                return 200, {"items": []}
            case _, ["orders", *rest]:
                return self._orders(method, rest, query, headers, data)
            case _, ["payments", *rest]:
                return self._payments(method, rest, data, query.get("status", ""))
            case "GET", ["mailbox"]:
                return 200, {
                    "items": [{k: v for k, v in m.items() if k not in ("text", "html")} for m in self._mails()],
                    "next": None,
                }
            case "GET", ["mailbox", mail_id]:
                return 200, next(m for m in self._mails() if m["id"] == mail_id)
        raise Refused(404, "not-found")

    def _card(self, product: Json) -> Json:
        names = (
            "id",
            "slug",
            "name",
            "price",
            "price_to",
            "compare_at",
            "available",
            "image",
            "rating",
            "brand",
            "seller",
            "category",
        )
        return {**{name: product[name] for name in names}, "variants": product["variants"]}

    def _found(self, query: Json) -> list[Json]:
        inside = {c["slug"] for c in self.told["categories"] if query.get("category") in (c["slug"], c["parent"])}
        many = query["many"]
        wanted = {name.removeprefix("attr."): values for name, values in many.items() if name.startswith("attr.")}
        if unknown := wanted.keys() - self._attributes():
            raise Refused(422, "invalid", errors=tuple((f"attr.{code}", "must be an attribute") for code in unknown))
        return [
            p
            for p in self.products.values()
            if (not query.get("category") or p["category"] in inside)
            and (not query.get("seller") or p["seller"]["slug"] == query["seller"])
            and (not query.get("available") or p["available"] > 0)
            and ("brand" not in many or p["brand_slug"] in many["brand"])
            and ("tag" not in many or set(p["tags"]) & set(many["tag"]))
            and p["price"]["amount"] >= int(query.get("min_price") or 0)
            and p["price"]["amount"] <= int(query.get("max_price") or 10**12)
            and query.get("q", "").lower() in f"{p['name']} {p['brand']} {p['description']} {p['tags']}".lower()
            and all(_is(self._said(p).get(code), values) for code, values in wanted.items())
        ]

    def _attributes(self) -> dict[str, Json]:
        return {attribute["code"]: attribute for attribute in self.told["attributes"]}

    def _said(self, product: Json) -> dict[str, str]:
        """By attribute; numbers without their units."""
        names = {attribute["name"]: attribute for attribute in self.told["attributes"]}
        return {
            names[spec["name"]]["code"]: spec["value"].removesuffix(names[spec["name"]].get("unit", "")).strip()
            for spec in product["specifications"]
            if spec["name"] in names
        }

    def _facets(self, query: Json) -> Json:
        """Counted within all filters; each facet without its own is what the real API is for."""
        found = self._found(query)
        attributes = []
        for code, attribute in self._attributes().items():
            said = Counter(value for p in found if (value := self._said(p).get(code)))
            numbers = [float(value) for value in said] if attribute["kind"] == "number" else []
            attributes.append(
                {
                    "code": code,
                    "name": attribute["name"],
                    "kind": attribute["kind"],
                    "unit": attribute.get("unit", ""),
                    "count": said.total(),
                    "low": min(numbers, default=None),
                    "high": max(numbers, default=None),
                    "values": [{"value": v, "name": v, "count": n} for v, n in said.most_common()],
                }
            )
        brands = Counter((p["brand_slug"], p["brand"]) for p in found if p["brand_slug"])
        tags = Counter(tag for p in found for tag in p["tags"])
        return {
            "brands": [{"value": slug, "name": name, "count": n} for (slug, name), n in brands.most_common()],
            "sellers": [],
            "tags": [{"value": tag, "name": tag, "count": n} for tag, n in tags.most_common()],
            "price": {"low": None, "high": None},
            "attributes": [facet for facet in attributes if facet["values"]],
        }

    def _category(self, slug: str) -> Json:
        by_slug = {category["slug"]: category for category in self.told["categories"]}
        if slug in self.moved:
            raise Refused(301, "moved", slug=self.moved[slug])
        if slug not in by_slug:
            raise Refused(404, "unknown-category")
        found = by_slug[slug]
        above = [by_slug[found["parent"]]] if found["parent"] else []
        children = self._tree(slug)
        own = sum(p["category"] == slug for p in self.products.values())
        path = [{"slug": step["slug"], "name": step["name"]} for step in (*above, found)]
        count = own + sum(child["count"] for child in children)
        return {**found, "position": 0, "path": path, "children": children, "count": count, "attributes": []}

    def _list(self, query: Json) -> Json:
        if query.get("category") in self.moved:
            raise Refused(301, "moved", slug=self.moved[query["category"]])
        found = self._found(query)
        sort = query.get("sort", "")
        if sort in ("price", "-price"):
            found.sort(key=lambda p: p["price"]["amount"], reverse=sort == "-price")
        elif sort == "rating":
            found.sort(key=lambda p: -(p["rating"] or {"average": 0})["average"])
        elif sort == "name":
            found.sort(key=lambda p: p["name"])
        start, limit = int(query.get("cursor") or 0), int(query.get("limit", 24))
        following = str(start + limit) if start + limit < len(found) else None
        items = [self._card(p) for p in found[start : start + limit]]
        if query.get("specifications") == "true":
            items = [item | {"specifications": self.products[item["slug"]]["specifications"]} for item in items]
        return {"items": items, "next": following, "total": len(found)}

    def _tree(self, parent: str | None) -> list[Json]:
        found = []
        for category in self.told["categories"]:
            if category["parent"] == parent:
                children = self._tree(category["slug"])
                count = sum(p["category"] == category["slug"] for p in self.products.values())
                found.append({**category, "children": children, "count": count + sum(c["count"] for c in children)})
        return found

    def _cart(self, method: str, rest: list[str], headers: dict[str, str], data: Any) -> tuple[int, Any]:
        user = self.tokens.get(headers.get("authorization", "")[7:])
        cart_id = user["cart_id"] if user else headers.get("cart-id") or str(uuid4())
        lines = self.carts.setdefault(cart_id, {})
        if rest and rest[0] == "items":
            variant = data.get("variant_id") if len(rest) == 1 else rest[1]
            if variant not in self.variants:
                raise Refused(422, "invalid", errors=(("variant_id", "is not for sale in this store"),))
            if method == "DELETE":
                lines.pop(variant, None)
            else:
                if not isinstance(data.get("quantity"), int) or not 1 <= data["quantity"] <= 999:
                    raise Refused(422, "invalid", errors=(("quantity", "must be int >= 1"),))
                lines[variant] = data["quantity"] + (lines.get(variant, 0) if method == "POST" else 0)
        elif method == "DELETE":
            lines.clear()
        elif rest == ["selection"]:
            if not set(data["variant_ids"]) <= lines.keys():
                raise Refused(422, "invalid", errors=(("variant_ids[0]", "is not in the cart"),))
            self.left[cart_id] = lines.keys() - set(data["variant_ids"])
        elif rest == ["acknowledge"]:
            self.changed.clear()
        left = self.left.get(cart_id, set())
        items = [self._line(*self.variants[v], quantity, selected=v not in left) for v, quantity in lines.items()]
        kept = [item for item in items if not item["gone"]]
        return 200, {
            "id": cart_id,
            "version": len(self.asked),
            "items": items,
            **self._sum(kept),
            "selected": self._sum([item for item in kept if item["selected"]]),
        }

    def _sum(self, items: list[Json]) -> Json:
        subtotal = self.money(sum(item["line_total"]["amount"] for item in items))
        return {"subtotal": subtotal, "count": sum(item["quantity"] for item in items)}

    def _line(self, product: Json, variant: Json, quantity: int, *, selected: bool = True) -> Json:
        changed = self.changed.get(variant["id"])
        return {
            "variant_id": variant["id"],
            "product_id": product["id"],
            "slug": product["slug"],
            "title": product["name"],
            "options": variant["options"],
            "sku": variant["sku"],
            "image": product["image"],
            "quantity": quantity,
            "unit_price": variant["price"],
            "line_total": self.money(variant["price"]["amount"] * quantity),
            "seller_id": product["seller"]["id"],
            "selected": selected,
            "available": variant.get("available"),
            "changed": changed,
            "gone": "gone" in (changed or {}),
        }

    def _quotes(self, data: Any) -> list[Json]:
        kind = self.told["shipping"]["kind"]
        if kind == "flat":
            return [{"code": "standard", "name": "Standard", "price": self.money(self.told["shipping"]["price"])}]
        digits = "".join(c for c in data["address"]["zip"] if c.isdigit())
        if not digits:
            return []
        return [{"code": "transport", "name": "Covered transport", "price": self.money(int(digits) * 2)}]

    def _roles(self, headers: dict[str, str]) -> list[str]:
        return list(self.tokens.get(headers.get("authorization", "")[7:], {}).get("roles", []))

    def _auth(self, what: str, data: Any) -> tuple[int, Any]:
        if what == "register":
            if data["email"].startswith("taken"):
                raise Refused(409, "email-taken")
            return 201, {"id": str(uuid4())}
        if what == "logout":
            return 204, None
        if what == "refresh" and (data["refresh_token"] in self.used or not data["refresh_token"].startswith("r-")):
            raise Refused(401, "unauthorized")
        if what == "login" and data["password"] != "correct horse":
            raise Refused(401, "unauthorized", "E-mail or password is wrong.")
        self.used.add(data.get("refresh_token", ""))
        roles = ["store_admin"] if data.get("email", "").startswith("admin") else ["shopper"]
        access = self.sign(*roles) if self.sign else "a.b.c"
        mine = f"cart of {data['email']}" if "email" in data else ""
        self.tokens[access] = {"roles": roles, "cart_id": mine}
        self.carts.setdefault(mine, {}).update(self.carts.get(data.get("cart_id", ""), {}))
        return 200, {"access_token": access, "refresh_token": f"r-{uuid4()}", "expires_in": 900}

    def _choices(self, reader: str) -> Json:
        orders = {"channels": {"push": True}, "always": {"order_placed": ["email"]}}
        reminders = {"channels": {"email": self.reminders.get(reader, True)}, "always": {}}
        return {"kinds": {"orders": orders, "reminders": reminders}}

    def _orders(self, method: str, rest: list[str], query: Json, headers: dict[str, str], data: Any) -> tuple[int, Any]:
        if not rest and method == "POST":
            return 201, self._place(data, headers)
        if not rest:
            found = [o for o in self.orders.values() if query.get("status") in (None, o["status"])]
            return 200, {"items": found[::-1], "next": None}
        order = self.orders.get(rest[0])
        by_link = order is not None and query.get("token") == order["link"]
        if order is None or not (by_link or headers.get("authorization")):
            raise Refused(404, "unknown-order", "There is no such order.")
        self._age(order)
        if rest[1:] == ["history"]:
            return 200, {"items": order["history"]}
        if rest[1:] == ["cancel"]:
            self._move(order, "CANCELLED", data["reason"])
        if rest[1:] == ["ship"]:
            for parcel in order["parcels"]:
                parcel |= {"status": "SHIPPED", "carrier": data["carrier"], "tracking_number": data["tracking_number"]}
            self._move(order, "SHIPPED", f"{data['carrier']} {data['tracking_number']}")
        if rest[1:] == ["deliver"]:
            for parcel in order["parcels"]:
                parcel["status"] = "DELIVERED"
            self._move(order, "DELIVERED", "")
        admin = "store_admin" in self._roles(headers)
        return 200, {**order, "actions": self._actions(order, admin)}

    def _actions(self, order: Json, admin: bool) -> list[str]:
        found = ["cancel"] if order["status"] in ("PENDING", "CONFIRMED") else []
        if order["status"] == "PENDING" and self.payments[order["id"]]["status"] == "waiting_proof" and not admin:
            found.append("upload_proof")
        if admin:
            found += {"CONFIRMED": ["ship"], "SHIPPED": ["deliver"]}.get(order["status"], [])
        return found

    def _age(self, order: Json) -> None:
        """Cards and cash are confirmed after a second."""
        old = time.time() - order["placed"] > 1
        payment = self.payments[order["id"]]
        if order["status"] == "PENDING" and old and payment["method"] not in ("proof", *ACTIONS):
            declined = order["token"] == "tok_declined"
            payment["status"] = (
                "declined" if declined else "promised" if payment["method"] == "cash-on-delivery" else "paid"
            )
            self._move(order, "CANCELLED" if declined else "CONFIRMED", "The payment was declined." if declined else "")

    def _move(self, order: Json, status: str, note: str) -> None:
        order |= {"status": status, "status_label": self.store.order_profile.label(status)}
        order["history"].append(
            {"at": datetime.now(UTC).isoformat(), "status": status, "actor": "system", "note": note}
        )

    def _place(self, data: Json, headers: dict[str, str]) -> Json:
        lines = [self._line(*self.variants[x["variant_id"]], x["quantity"]) for x in data["lines"]]
        if "@" not in data["email"] or "." not in data["email"]:
            raise Refused(422, "invalid", errors=(("email", "must be an e-mail address"),))
        subtotal = sum(x["line_total"]["amount"] for x in lines)
        shipping = self._quotes(data)[0]
        terms = self.store.payment_terms.get(data["payment"]["method"], AS_IT_IS)
        parts = data["payment"].get("instalments", 1)
        priced = terms.price(subtotal, shipping["price"]["amount"], self.store.currency, parts)
        total = self.money(priced.total)
        if data["expected_total"] != total:
            raise Refused(409, "total-changed", total=total)
        for line in data["lines"]:
            self.carts.get(data["cart_id"], {}).pop(line["variant_id"], None)
        now, order_id = datetime.now(UTC), str(uuid4())
        order: Json = {
            "id": order_id,
            "number": f"{next(self.numbers)}",
            "status": "PENDING",
            "currency": self.store.currency,
            "subtotal": self.money(subtotal),
            "shipping": {"code": shipping["code"], "price": shipping["price"]},
            "discount": self.money(priced.discount),
            "interest": self.money(priced.interest),
            "total": total,
            "email": data["email"],
            "name": data["name"],
            "address": data["address"],
            "lines": [{**x, "title": f"{x['title']} ({', '.join(x['options'].values())})"} for x in lines],
            "parcels": [
                {"id": str(uuid4()), "seller_id": seller, "status": "PENDING", "carrier": None, "tracking_number": None}
                for seller in dict.fromkeys(x["seller_id"] for x in lines)
            ],
            "payment": {"method": data["payment"]["method"], "status": "awaiting", "instalments": parts},
            "expires_at": (now + timedelta(minutes=10)).isoformat(),
            "created_at": now.isoformat(),
            "link": uuid4().hex,
            "actions": [],
            "history": [],
            "placed": time.time(),
            "token": data["payment"].get("token"),
        }
        self._move(order, "PENDING", "")
        self.orders[order_id] = order
        method = data["payment"]["method"]
        self.payments[order_id] = {
            "id": str(uuid4()),
            "order_id": order_id,
            "method": method,
            "status": {"proof": "waiting_proof"}.get(method, "charging"),
            "amount": total,
            "captured": total | {"amount": 0},
            "refunded": total | {"amount": 0},
            "refundable": total | {"amount": 0},
            "refunds": [],
            "back_by_hand": method in ("proof", "cash-on-delivery", "pagarme-boleto"),
            "action": None,
            "reference": None,
            "proof": None,
            "note": "",
        }
        if method in ACTIONS:
            until = (now + timedelta(hours=1)).isoformat()
            self.payments[order_id] |= {
                "status": "action",
                "action": {"until": until, "bank": "", "code": ""} | ACTIONS[method],
            }
        return order

    def _payments(self, method: str, rest: list[str], data: Any, status: str = "") -> tuple[int, Any]:
        if not rest:
            wanted = status or "review"
            return 200, {"items": [p for p in self.payments.values() if p["status"] == wanted], "next": None}
        if rest == ["refunds"]:
            return 200, {"items": [], "next": None}
        if rest == ["bank-details"]:
            self.bank = data["text"] if method == "PUT" else self.bank
            return 200, {"text": self.bank}
        if rest == ["statements"]:
            if b"Amount" not in data:
                raise Refused(422, "invalid", errors=(("file", "must have a column named amount"),))
            of = next(iter(self.payments.values()))
            row = {"line": 2, "order_id": of["order_id"], "amount": of["amount"], "asked": of["amount"], "booked": True}
            return 200, {"matched": [row], "others": [3]}
        if rest[0] == "accounts":
            return self._accounts(method, rest[1:], data)
        payment = self.payments.get(rest[0]) or next((p for p in self.payments.values() if p["id"] == rest[0]), None)
        if payment is None:
            raise Refused(404, "unknown-payment")
        if rest[1:] == ["refunds"]:
            left = payment["refundable"]
            amount = data.get("amount") or left
            if amount["amount"] > left["amount"]:
                raise Refused(409, "refund-too-large", detail="There is not that much.")
            payment["refunds"].append({"amount": amount, "status": "due", "reason": data["reason"], "note": ""})
            payment["refundable"] = left | {"amount": left["amount"] - amount["amount"]}
        if rest[1:] == ["proof"] and method == "GET":
            return 200, PIXEL
        if rest[1:] == ["proof"]:
            if b"\x89PNG" not in data:
                raise Refused(422, "invalid", errors=(("file", "must be a JPEG, PNG, WebP or PDF"),))
            payment |= {"status": "review", "proof": {"url": "", "content_type": "image/png"}}
        if rest[1:] == ["received"]:
            payment |= {"status": "paid", "captured": data.get("amount") or payment["amount"], "action": None}
        if rest[1:] in (["approve"], ["reject"]):
            approved = rest[1] == "approve"
            payment |= {"status": "paid" if approved else "rejected", "note": data["note"]}
            self._move(self.orders[payment["order_id"]], "CONFIRMED" if approved else "REJECTED", "")
        return 200, payment

    def _accounts(self, method: str, rest: list[str], data: Any) -> tuple[int, Any]:
        if rest[1:] == ["reconciliation"]:
            return 200, self.books
        if method == "DELETE":
            self.accounts.clear()
            return 204, None
        if method == "PUT":
            if data.get("secret_key", "").endswith("wrong"):
                raise Refused(422, "invalid", errors=(("secret_key", "is not known to the provider"),))
            if not self.accounts and "secret_key" not in data:
                raise Refused(422, "invalid", errors=(("secret_key", "is needed for a new account"),))
            keys = {"secret_key": "sk_…cdef", "webhook_secret": "whsec_…cdef"}
            self.accounts[:] = [{"provider": "stripe", "keys": keys, "capture": data["capture"]}]
        return 200, self.accounts

    def _mails(self) -> list[Json]:
        return [
            {
                "id": an_id("mail", order["id"]),
                "to": order["email"],
                "subject": f"Your order {order['number']} is placed",
                "template": "order_placed",
                "order_id": order["id"],
                "status": "sent",
                "created_at": order["created_at"],
                "text": f"Thank you.\nFollow it at http://{self.store.hosts[0]}/orders/{order['id']}?token={order['link']}",
                "html": "<!doctype html><style>h1{color:#14233f;font-family:Georgia}</style><h1>Thank you</h1><p>We have your order.</p>",
            }
            for order in reversed(self.orders.values())
        ]
