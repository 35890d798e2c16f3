"""Nobody sees or moves what is another's: every route of the API is tried, as everybody who should not get through."""

import re
from typing import Any, NamedTuple

from tests.journeys.program import Program
from tests.journeys.shop import ADDRESS, People, Person, equals, eventually
from tests.services.catalog.goods import picture
from tradehall.demo.stories import receipt

HOME, ELSEWHERE = "atlantic", "bazaar"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# Whoever comes may call these. What they answer is nobody's, or the caller's own.
PUBLIC = {
    "GET /.well-known/jwks.json",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/invitation",  # for who has the token
    "POST /api/v1/auth/invitation/accept",
    "GET /api/v1/auth/issuers",
    "POST /api/v1/auth/issuers/{code}/start",
    "POST /api/v1/auth/issuers/finish",  # for the browser that was sent
    "POST /api/v1/auth/password/forgot",
    "POST /api/v1/auth/password/reset",  # for who has the code
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/platform/login",
    "POST /api/v1/platform/refresh",
    "GET /api/v1/platform/plans",
    "GET /api/v1/platform/terms",
    "POST /api/v1/platform/signups",
    "GET /api/v1/platform/mailbox",  # of the demo: what the platform itself sends
    "GET /api/v1/platform/mailbox/{mail_id}",
    "POST /api/v1/platform/payments/webhooks/card-simulated",  # signed
    "POST /api/v1/platform/payments/webhooks/{provider}",  # signed
    "GET /api/v1/cart",
    "DELETE /api/v1/cart",
    "POST /api/v1/cart/acknowledge",
    "POST /api/v1/cart/items",
    "POST /api/v1/cart/lines",
    "PUT /api/v1/cart/selection",
    "PUT /api/v1/cart/items/{variant_id}",
    "DELETE /api/v1/cart/items/{variant_id}",
    "GET /api/v1/attributes",
    "GET /api/v1/brands",
    "GET /api/v1/brands/{slug}",
    "GET /api/v1/categories",
    "GET /api/v1/categories/{slug}",
    "GET /api/v1/mailbox",  # of the demo, where it stands for everybody's inbox
    "GET /api/v1/mailbox/{mail_id}",
    "POST /api/v1/orders",
    "POST /api/v1/clicks",
    "GET /api/v1/clicks/rule",
    "GET /api/v1/products",
    "GET /api/v1/products/facets",
    "GET /api/v1/products/{product_id}/reviews",
    "GET /api/v1/products/{slug}",
    "GET /api/v1/reviews/{review_id}",  # once it is published
    "GET /api/v1/reviews/{review_id}/comments",
    "POST /api/v1/reviews/{review_id}/report",
    "POST /api/v1/comments/{comment_id}/report",
    "GET /api/v1/search",
    "GET /api/v1/search/suggestions",
    "GET /api/v1/tags",
    "GET /api/v1/sellers",
    "GET /api/v1/sellers/{seller}",
    "POST /api/v1/reminders/stop",  # for who has the link
    "GET /api/v1/message-choices",
    "PUT /api/v1/message-choices",
    "POST /api/v1/notifications/sms/{delivery_id}/status",  # signed
    "POST /api/v1/shipping/quotes",
    "GET /api/v1/shipping/rates",
    "GET /api/v1/platform/hosts",
    "GET /api/v1/store",
    "GET /api/v1/store/home",
    "GET /api/v1/store/legal",
    "GET /api/v1/store/legal/{kind}",
    "GET /api/v1/store/legal/{kind}/versions",
    "POST /api/v1/payments/webhooks/card-simulated",  # signed
    "POST /api/v1/payments/webhooks/{provider}",  # signed
    "POST /api/v1/shipping/webhooks/{account}",  # signed
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
}
# Public for the buyer's link, or the buyer, or for who began a signup: all others must not find it.
BY_LINK = {
    "GET /api/v1/orders/{order_id}",
    "GET /api/v1/orders/{order_id}/history",
    "GET /api/v1/orders/{order_id}/shipments",
    "POST /api/v1/orders/{order_id}/cancel",
    "POST /api/v1/orders/{order_id}/lines/cancel",
    "GET /api/v1/orders/{order_id}/returns",
    "POST /api/v1/orders/{order_id}/returns",
    "POST /api/v1/returns/{return_id}/withdraw",
    "GET /api/v1/payments/{order_id}",
    "GET /api/v1/payments/{order_id}/proof",
    "POST /api/v1/payments/{order_id}/proof",
    "POST /api/v1/payments/{order_id}/check",
    "GET /api/v1/orders/{order_id}/reviews",
    "POST /api/v1/orders/{order_id}/reviews",
    "PUT /api/v1/reviews/{review_id}",
    "DELETE /api/v1/reviews/{review_id}",
    "POST /api/v1/reviews/{review_id}/pictures",
    "DELETE /api/v1/reviews/{review_id}/pictures/{key}",
    "GET /api/v1/platform/signups/{signup_id}",
    "POST /api/v1/platform/signups/{signup_id}/verify",
    "POST /api/v1/platform/signups/{signup_id}/resend",
    "POST /api/v1/platform/signups/{signup_id}/pay",
    "POST /api/v1/platform/signups/{signup_id}/back",
}
SIGNED_IN = {
    "POST /api/v1/auth/logout",
    "POST /api/v1/platform/logout",
    "POST /api/v1/auth/email/verify",
    "POST /api/v1/auth/email/resend",
    "GET /api/v1/me",
    "GET /api/v1/me/message-choices",
    "PUT /api/v1/me/message-choices",
    "GET /api/v1/me/devices",
    "POST /api/v1/me/devices",
    "DELETE /api/v1/me/devices/{device_id}",
    "PATCH /api/v1/me",
    "POST /api/v1/me/password",
    "POST /api/v1/me/email",
    "POST /api/v1/me/phone",
    "POST /api/v1/me/phone/confirm",
    "DELETE /api/v1/me/phone",
    "GET /api/v1/me/totp",
    "POST /api/v1/me/totp",
    "POST /api/v1/me/totp/confirm",
    "POST /api/v1/me/totp/recovery-codes",
    "DELETE /api/v1/me/totp",
    "POST /api/v1/me/email/confirm",
    "GET /api/v1/me/addresses",
    "POST /api/v1/me/addresses",
    "PUT /api/v1/me/addresses/{address_id}",
    "DELETE /api/v1/me/addresses/{address_id}",
    "GET /api/v1/me/sessions",
    "DELETE /api/v1/me/sessions",
    "DELETE /api/v1/me/sessions/{session_id}",
    "GET /api/v1/me/notifications",
    "GET /api/v1/me/seller",
    "POST /api/v1/sellers/applications",
    "POST /api/v1/me/notifications/read",
    "GET /api/v1/orders",
    "GET /api/v1/me/reviews",
    "POST /api/v1/reviews/{review_id}/comments",
    "PUT /api/v1/comments/{comment_id}",
    "DELETE /api/v1/comments/{comment_id}",
}
# Of a seller's own parcels, and of the store's people.
NOTES = {
    "GET /api/v1/orders/{order_id}/notes",
    "POST /api/v1/orders/{order_id}/notes",
    "DELETE /api/v1/orders/{order_id}/notes/{note_id}",
}
RETURNS = {
    "GET /api/v1/returns",
    "POST /api/v1/returns/{return_id}/approve",
    "POST /api/v1/returns/{return_id}/refuse",
    "POST /api/v1/returns/{return_id}/receive",
}
# Work with goods in hand: of sellers with their own, of warehouse people too.
FLOOR = {
    "GET /api/v1/articles",
    "GET /api/v1/articles/{variant_id}",
    "GET /api/v1/counts",
    "POST /api/v1/counts",
    "GET /api/v1/counts/{count_id}",
    "GET /api/v1/counts/{count_id}/lines",
    "PUT /api/v1/counts/{count_id}/lines",
    "DELETE /api/v1/counts/{count_id}/lines/{variant_id}",
    "POST /api/v1/counts/{count_id}/book",
    "POST /api/v1/counts/{count_id}/drop",
    "GET /api/v1/movements",
    "GET /api/v1/movements.csv",
    "GET /api/v1/stock",
    "GET /api/v1/stock/{variant_id}/movements",
    "POST /api/v1/stock/counts",
    "POST /api/v1/stock/transfer",
    "POST /api/v1/stock/{kind}",
    "GET /api/v1/warehouses",
}
# What is decided about goods: of sellers about their own, of warehouse managers too.
STOCKKEEPING = {
    "GET /api/v1/backorders",
    "POST /api/v1/stock/adjust",
    "PUT /api/v1/stock/{variant_id}/backorder",
    "PUT /api/v1/stock/{variant_id}/threshold",
}
SELLERS = {
    "GET /api/v1/manage/categories",
    "GET /api/v1/manage/products",
    "GET /api/v1/manage/products/export",
    "GET /api/v1/manage/products/{product_id}",
    "POST /api/v1/products",
    "GET /api/v1/products/imports",
    "POST /api/v1/products/imports",
    "GET /api/v1/products/imports/{import_id}",
    "POST /api/v1/products/imports/{import_id}/preview",
    "POST /api/v1/products/imports/{import_id}/start",
    "POST /api/v1/products/imports/{import_id}/cancel",
    "GET /api/v1/products/imports/{import_id}/report",
    "GET /api/v1/products/imports/mappings",
    "GET /api/v1/products/imports/mappings/{name}",
    "PUT /api/v1/products/imports/mappings/{name}",
    "DELETE /api/v1/products/imports/mappings/{name}",
    "PATCH /api/v1/products/{product_id}",
    "DELETE /api/v1/products/{product_id}",
    "POST /api/v1/products/{product_id}/publish",
    "POST /api/v1/products/{product_id}/unpublish",
    "POST /api/v1/products/{product_id}/images",
    "DELETE /api/v1/products/{product_id}/images/{key}",
    "POST /api/v1/products/{product_id}/variants",
    "PUT /api/v1/products/{product_id}/variants/order",
    "PATCH /api/v1/products/{product_id}/variants/{variant_id}",
    "DELETE /api/v1/products/{product_id}/variants/{variant_id}",
    "PUT /api/v1/products/{product_id}/related",
    "PATCH /api/v1/sellers/{seller}",
    "POST /api/v1/api-keys",
    "GET /api/v1/api-keys",
    "DELETE /api/v1/api-keys/{key_id}",
    "POST /api/v1/orders/{order_id}/ship",
    "POST /api/v1/orders/{order_id}/deliver",
    "GET /api/v1/shipping/accounts",  # those that they may send with
    "POST /api/v1/shipments/{shipment_id}/label",
    "GET /api/v1/shipments/{shipment_id}/label",
    "GET /api/v1/analytics/dashboard",
    "GET /api/v1/sales/report",
    "GET /api/v1/sales/report/file",
    "GET /api/v1/sales/report/choices",
    "GET /api/v1/costs",
    "GET /api/v1/costs/{variant_id}",
    "PUT /api/v1/costs/{variant_id}",
    "DELETE /api/v1/costs/{variant_id}/{valid_from}",
    "POST /api/v1/costs/import",
    "GET /api/v1/manage/reviews",
    "PUT /api/v1/reviews/{review_id}/reply",
    "DELETE /api/v1/reviews/{review_id}/reply",
    *NOTES,
    *RETURNS,
    *FLOOR,
    *STOCKKEEPING,
}
STORELESS = {"GET /.well-known/jwks.json", "GET /health/live", "GET /health/ready", "GET /metrics"}

# Of the routes with somebody's id in the path: who may have an answer, and why that is none of the victim's.
FINE = {
    ("same store", "GET /api/v1/products/{slug}"),  # on the shelf
    ("same store", "GET /api/v1/categories/{slug}"),
    ("same store", "GET /api/v1/brands/{slug}"),
    ("same store", "GET /api/v1/sellers/{seller}"),
    ("same store", "GET /api/v1/mailbox/{mail_id}"),
    ("same store", "GET /api/v1/products/{product_id}/reviews"),
    ("elsewhere", "GET /api/v1/products/{product_id}/reviews"),  # of a product unknown there: none
    ("same store", "GET /api/v1/reviews/{review_id}"),
    ("same store", "GET /api/v1/reviews/{review_id}/comments"),
    ("same store", "POST /api/v1/reviews/{review_id}/report"),  # counted, nothing else
    ("same store", "POST /api/v1/comments/{comment_id}/report"),
    ("same store", "GET /api/v1/store/legal/{kind}"),  # at the foot of every page
    ("same store", "GET /api/v1/store/legal/{kind}/versions"),
    ("elsewhere", "GET /api/v1/store/legal/{kind}/versions"),  # the caller's own
    ("elsewhere", "GET /api/v1/store/legal/{kind}"),
    ("elsewhere", "PUT /api/v1/store/legal/{kind}"),
    ("same store", "PUT /api/v1/cart/items/{variant_id}"),  # in the caller's own cart
    ("same store", "DELETE /api/v1/cart/items/{variant_id}"),
    ("elsewhere", "DELETE /api/v1/cart/items/{variant_id}"),
    ("elsewhere", "PUT /api/v1/warehouses/{code}"),  # the caller's own, of the same code
    ("elsewhere", "PUT /api/v1/auth/issuers/{code}"),
    ("elsewhere", "PUT /api/v1/shipping/accounts/{code}"),
    ("elsewhere", "DELETE /api/v1/shipping/accounts/{code}"),
    ("same store", "PUT /api/v1/products/imports/mappings/{name}"),  # the caller's own, of the same name
    ("elsewhere", "PUT /api/v1/products/imports/mappings/{name}"),
    ("same store", "GET /api/v1/products/imports/mappings/{name}"),
    ("elsewhere", "GET /api/v1/products/imports/mappings/{name}"),
    ("same store", "DELETE /api/v1/products/imports/mappings/{name}"),
    ("elsewhere", "DELETE /api/v1/products/imports/mappings/{name}"),
    ("elsewhere", "GET /api/v1/notifications/templates/{template}/{locale}"),  # of the same name
    ("elsewhere", "PUT /api/v1/notifications/templates/{template}/{locale}"),
    ("elsewhere", "POST /api/v1/notifications/templates/{template}/{locale}/undo"),
    ("elsewhere", "POST /api/v1/notifications/templates/{template}/{locale}/preview"),
    ("elsewhere", "POST /api/v1/notifications/templates/{template}/{locale}/try"),
}
NOBODY = "00000000-0000-7000-8000-000000000000"
PAPERS = {"carrier": "Thief", "tracking_number": "T-1"}
BROWSER = {
    "endpoint": "https://fcm.googleapis.com/fcm/send/hidden",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}
BODIES: dict[str, Any] = {
    "PUT /api/v1/cart/items/{variant_id}": {"quantity": 1},
    "PATCH /api/v1/attributes/{code}": {"name": "Taken over"},
    "PATCH /api/v1/brands/{slug}": {"name": "Taken over"},
    "PATCH /api/v1/categories/{slug}": {"name": "Taken over"},
    "PUT /api/v1/me/addresses/{address_id}": ADDRESS | {"name": "Taken over"},
    "POST /api/v1/orders/{order_id}/cancel": {"reason": "Taken over"},
    "POST /api/v1/orders/{order_id}/lines/cancel": {
        "lines": [{"line_id": NOBODY, "quantity": 1}],
        "reason": "Taken over",
    },
    "POST /api/v1/orders/{order_id}/returns": {"lines": [{"line_id": NOBODY, "quantity": 1}], "reason": "Taken over"},
    "POST /api/v1/returns/{return_id}/approve": {"answer": "Taken over"},
    "POST /api/v1/returns/{return_id}/refuse": {"answer": "Taken over"},
    "POST /api/v1/returns/{return_id}/receive": {"shipping": 1},
    "POST /api/v1/orders/{order_id}/notes": {"text": "Taken over"},
    "POST /api/v1/orders/{order_id}/ship": PAPERS,
    "POST /api/v1/orders/{order_id}/deliver": {},
    "POST /api/v1/shipments/{shipment_id}/label": {"account": "post"},
    "PUT /api/v1/shipping/accounts/{code}": {"carrier": "simulated", "name": "Taken over"},
    "POST /api/v1/payments/{order_id}/refunds": {"reason": "Taken over"},
    "POST /api/v1/payments/{payment_id}/approve": {"note": "Taken over"},
    "POST /api/v1/payments/{payment_id}/reject": {"note": "Taken over"},
    "POST /api/v1/payments/{payment_id}/refunded": {"note": "Taken over"},
    "POST /api/v1/payments/{payment_id}/received": {},
    "PUT /api/v1/payments/bank-details": {"text": "Taken over"},
    "PATCH /api/v1/products/{product_id}": {"name": "Taken over"},
    "POST /api/v1/orders/{order_id}/reviews": {"variant_id": NOBODY, "rating": 1},
    "PUT /api/v1/costs/{variant_id}": {"unit": 1},
    "PUT /api/v1/reviews/{review_id}": {"rating": 1, "text": "Taken over"},
    "PUT /api/v1/reviews/{review_id}/reply": {"text": "Taken over"},
    "PUT /api/v1/reviews/{review_id}/status": {"status": "hidden"},
    "POST /api/v1/reviews/{review_id}/comments": {"text": "Taken over"},
    "POST /api/v1/reviews/{review_id}/report": {},
    "PUT /api/v1/comments/{comment_id}": {"text": "Taken over"},
    "PUT /api/v1/comments/{comment_id}/status": {"status": "hidden"},
    "POST /api/v1/comments/{comment_id}/report": {},
    "POST /api/v1/products/{product_id}/variants": {"sku": "TAKEN-OVER", "price": 1},
    "PUT /api/v1/products/{product_id}/variants/order": {"variants": [NOBODY]},
    "PATCH /api/v1/products/{product_id}/variants/{variant_id}": {"price": 1},
    "PUT /api/v1/products/{product_id}/related": {"products": []},
    "PUT /api/v1/platform/plans/{code}": {"name": "Taken over", "price": 0},
    "PUT /api/v1/platform/terms": {"methods": ["bank-slip"]},
    "PUT /api/v1/platform/payments/accounts": {
        "provider": "stripe",
        "secret_key": "sk_test_0123456789",
        "webhook_secret": "whsec_0123456789",
    },
    "PUT /api/v1/platform/payments/bank-details": {"text": "Taken over"},
    "POST /api/v1/platform/payments/{payment_id}/received": {},
    "POST /api/v1/platform/payments/{payment_id}/refunded": {},
    "POST /api/v1/stores/{slug}/subscription/end": {"give_back": True, "reason": "Taken over"},
    "POST /api/v1/platform/signups/{signup_id}/verify": {"code": "042137"},
    "POST /api/v1/platform/signups/{signup_id}/pay": {
        "payment": {"method": "card-simulated", "token": "tok_ok"},
        "total": {"amount": 0, "currency": "USD"},
    },
    "POST /api/v1/products/imports/{import_id}/preview": {},
    "POST /api/v1/products/imports/{import_id}/start": {},
    "PUT /api/v1/products/imports/mappings/{name}": {"columns": {"Taken over": "sku"}},
    "PUT /api/v1/search/synonyms/{synonyms_id}": {"words": ["taken", "over"]},
    "PUT /api/v1/search/pins/{pin_id}": {"query": "taken over", "products": [NOBODY]},
    "PUT /api/v1/search/hidden/{product_id}": {"note": "Taken over"},
    "PATCH /api/v1/sellers/{seller}": {"name": "Taken over"},
    "POST /api/v1/manage/sellers/{seller_id}/{decision}": {"note": "Taken over"},
    "PATCH /api/v1/staff/{user_id}": {"roles": ["support"]},
    "PUT /api/v1/auth/issuers/{code}": {
        "name": "Taken over",
        "issuer": "https://127.0.0.1",
        "client_id": "x",
        "client_secret": "x",
    },
    "POST /api/v1/auth/issuers/{code}/start": {},
    "POST /api/v1/stock/{kind}": {"variant_id": NOBODY, "warehouse": "main", "quantity": 1},
    "PUT /api/v1/stock/{variant_id}/threshold": {"threshold": 5},
    "PUT /api/v1/store/legal/{kind}": {"text": "Taken over"},
    "PUT /api/v1/stores/{slug}/status": {"status": "closed"},
    "PUT /api/v1/stock/{variant_id}/backorder": {"policy": "allow"},
    "PUT /api/v1/counts/{count_id}/lines": {"lines": [{"sku": "X", "counted": 1}]},
    "PUT /api/v1/warehouses/{code}/staff": {"user_ids": []},
    "PUT /api/v1/warehouses/{code}": {"name": "Taken over", "address": ADDRESS},
    "PUT /api/v1/notifications/templates/{template}/{locale}": {"subject": "Taken over"},
    "POST /api/v1/notifications/templates/{template}/{locale}/undo": {"version": 0},
    "POST /api/v1/notifications/templates/{template}/{locale}/preview": {"subject": "Taken over"},
    "POST /api/v1/notifications/templates/{template}/{locale}/try": {"subject": "{{ taken_over }}"},
}
FILES = {
    "POST /api/v1/costs/import": {"file": ("costs.csv", b"sku,cost\nX,1\n", "text/csv")},
    "POST /api/v1/reviews/{review_id}/pictures": {"image": ("a.webp", picture("WEBP", (80, 60)), "image/webp")},
    "POST /api/v1/platform/payments/statements": {"file": ("a.csv", b"Amount,Text\n1.00,AAAA-2222\n", "text/csv")},
    "POST /api/v1/payments/statements": {"file": ("a.csv", b"Amount,Text\n1.00,AAAA-2222\n", "text/csv")},
    "POST /api/v1/payments/{order_id}/proof": {"file": ("slip.png", receipt("1", "1", "1"), "image/png")},
    "PUT /api/v1/brands/{slug}/logo": {"image": ("a.webp", picture("WEBP", (80, 60)), "image/webp")},
    "POST /api/v1/products/{product_id}/images": {"image": ("a.webp", picture("WEBP", (80, 60)), "image/webp")},
}


class Route(NamedTuple):
    name: str
    method: str
    path: str
    has_body: bool


class Victim(NamedTuple):
    """`values` fill paths. `private` nobody else may read, `local` nobody of another store. `seller` sells to the buyer."""

    values: dict[str, str]
    private: set[str]
    local: set[str]
    buyer: Person
    admin: Person
    seller: Person
    order: dict[str, Any]


async def routes_of(person: Person) -> list[Route]:
    document = await person.get("/api/docs/openapi.json")
    return [
        Route(f"{method} {path}", method, path, "requestBody" in operations[method.lower()])
        for path, operations in document["paths"].items()
        for method in METHODS
        if method.lower() in operations
    ]


async def a_victim(people: People) -> Victim:
    """A buyer with an address, a cart, a session, an order of one seller's goods, a review of another, in store HOME."""
    buyer, admin = await people.shopper(HOME), await people.admin(HOME)
    variant = await buyer.choose(seller="northlight", least=5)
    product = await buyer.get(f"/api/v1/products/{variant['slug']}")
    address = await buyer.ask("POST", "/api/v1/me/addresses", ADDRESS | {"line1": "1 Hidden Lane"})
    await buyer.ask("POST", "/api/v1/cart/items", {"variant_id": variant["id"], "quantity": 1})
    cart = await buyer.get("/api/v1/cart")
    me = await admin.get("/api/v1/me")
    key = await admin.ask("POST", "/api/v1/api-keys", {"name": "Hidden robot", "scopes": ["orders:read"]})
    (session, *_) = (await buyer.get("/api/v1/me/sessions"))["items"]
    order = await buyer.buy([(variant, 1)])
    await buyer.until(order, "CONFIRMED")
    payment = await buyer.get(f"/api/v1/payments/{order['id']}")
    await equals(["order_confirmed", "order_placed"], lambda: buyer.mails(order))
    review = await a_review(buyer, admin, variant)
    comment = await buyer.ask("POST", f"/api/v1/reviews/{review['id']}/comments", {"text": "Still fine."})
    asked = await a_return(buyer, admin, variant)
    note = await admin.ask("POST", f"/api/v1/orders/{order['id']}/notes", {"text": "Hidden note"})
    mail = (await buyer.get("/api/v1/mailbox", q=order["number"]))["items"][0]
    await admin.ask("PUT", "/api/v1/shipping/accounts/hidden-post", {"carrier": "simulated", "name": "Hidden post"})
    device = await buyer.ask("POST", "/api/v1/me/devices", BROWSER)
    words = {"subject": "Hidden words {{ order.number }}"}
    await admin.ask("PUT", "/api/v1/notifications/templates/order_shipped/en", words)

    async def told() -> list[dict[str, Any]]:
        return (await admin.get("/api/v1/notifications/deliveries"))["items"]  # type: ignore[no-any-return]

    (delivery, *_) = await eventually(told)
    await admin.ask("PUT", "/api/v1/warehouses/hidden", {"name": "Hidden", "address": ADDRESS})
    count = await admin.ask("POST", "/api/v1/counts", {"warehouse": "hidden", "note": "Hidden count"})
    seller, file = await people.seller(HOME, "northlight"), {"file": ("hidden-goods.csv", b"sku,name\nHIDDEN,Hidden\n")}
    upload = await seller.ask("POST", "/api/v1/products/imports", files=file, data={"start": "false"})
    await seller.ask("PUT", "/api/v1/products/imports/mappings/hidden", {"columns": {"Hidden column": "sku"}})
    synonyms = await admin.ask("POST", "/api/v1/search/synonyms", {"words": ["hiddenword", f"w{order['number']}"]})
    pins = {"query": f"hidden {order['number']}", "products": [product["id"]]}
    pin = await admin.ask("POST", "/api/v1/search/pins", pins)
    values = {
        "order_id": order["id"],
        "payment_id": payment["id"],
        "return_id": asked["id"],
        "note_id": note["id"],
        "provider": "stripe",
        "shipment_id": order["parcels"][0]["id"],
        "account": "hidden-post",
        "/api/v1/shipping/accounts/{code}": "hidden-post",
        "product_id": product["id"],
        "variant_id": variant["id"],
        "key": product["images"][0]["key"] if product["images"] else "0" * 32,
        "seller": variant["seller"]["slug"],
        "address_id": address["id"],
        "session_id": session["id"],
        "mail_id": mail["id"],
        "device_id": device["id"],
        "delivery_id": delivery["id"],
        "template": "order_shipped",
        "locale": "en",
        "review_id": review["id"],
        "comment_id": comment["id"],
        "import_id": upload["id"],
        "name": "hidden",
        "code": "main",
        "valid_from": "2026-01-01",
        "signup_id": NOBODY,
        "invoice_id": NOBODY,  # an operator opened this store: it is not billed
        "kind": "receive",
        "host": "atlantic.localhost",
        "slug": HOME,
        "/api/v1/store/legal/{kind}": "terms",
        "/api/v1/store/legal/{kind}/versions": "terms",
        "count_id": count["id"],
        "/api/v1/warehouses/{code}/activate": "hidden",
        "/api/v1/warehouses/{code}/deactivate": "hidden",
        "/api/v1/warehouses/{code}/staff": "hidden",
        "synonyms_id": synonyms["id"],
        "pin_id": pin["id"],
        "seller_id": variant["seller"]["id"],
        "decision": "suspend",
        "/api/v1/auth/issuers/{code}": "acme",
        "/api/v1/auth/issuers/{code}/start": "acme",
        "user_id": me["id"],
        "invitation_id": NOBODY,
        "key_id": key["about"]["id"],
        "/api/v1/categories/{slug}": product["category"],
        "/api/v1/brands/{slug}": product["brand_slug"],
        "/api/v1/brands/{slug}/logo": product["brand_slug"],
        "/api/v1/attributes/{code}": "seasons",
        "/api/v1/products/{slug}": product["slug"],
    }
    private = {order["id"], order["number"], order["link"], payment["id"], address["id"], session["id"], cart["id"]}
    private |= {buyer.email, "1 Hidden Lane", "Hidden robot", key["about"]["id"], count["id"], "Hidden count"}
    private |= {synonyms["id"], pin["id"], "hiddenword", device["id"], delivery["id"]}
    private |= {asked["id"], "Hidden reason", note["id"], "Hidden note"}
    private |= {buyer.email, "1 Hidden Lane", upload["id"], "hidden-goods.csv", "Hidden column"}
    local = {product["id"], variant["id"], variant["seller"]["id"], mail["id"]}
    return Victim(values, private, local, buyer, admin, seller, order)


async def arrived(buyer: Person, admin: Person, variant: dict[str, Any]) -> dict[str, Any]:
    order = await buyer.buy([(variant, 1)])
    await buyer.until(order, "CONFIRMED")
    await admin.ask("POST", f"/api/v1/orders/{order['id']}/ship", PAPERS)
    await admin.ask("POST", f"/api/v1/orders/{order['id']}/deliver", {})
    return order


async def a_return(buyer: Person, admin: Person, variant: dict[str, Any]) -> dict[str, Any]:
    """Asked for and approved, so that each step of it could be an attack."""
    order = await arrived(buyer, admin, variant)
    lines = [{"line_id": order["lines"][0]["line_id"], "quantity": 1}]
    path, headers = f"/api/v1/orders/{order['id']}/returns", {"idempotency-key": order["id"]}
    made = await buyer.ask("POST", path, {"lines": lines, "reason": "Hidden reason"}, headers=headers)
    asked: dict[str, Any] = made["items"][0]
    await admin.ask("POST", f"/api/v1/returns/{asked['id']}/approve", {})
    return asked


async def a_review(buyer: Person, admin: Person, variant: dict[str, Any]) -> dict[str, Any]:
    """By somebody whose order has arrived."""
    order = await arrived(buyer, admin, variant)
    path = f"/api/v1/orders/{order['id']}/reviews"

    async def open() -> list[bool]:
        answer = await buyer.http.get(path)
        return [line["open"] for line in answer.json()["items"]] if answer.is_success else []

    await equals([True], open)
    review: dict[str, Any] = await buyer.ask("POST", path, {"variant_id": variant["id"], "rating": 4, "text": "Dry."})
    return review


def filled(route: Route, victim: Victim) -> str:
    """Raises AssertionError for a path nobody said how to fill."""

    def value(match: re.Match[str]) -> str:
        found = victim.values.get(route.path) or victim.values.get(match[1])
        assert found, f"{route.name}: say what {match[1]} is"
        return found

    return re.sub(r"\{(\w+)\}", value, route.path)


async def attack(person: Person, route: Route, victim: Victim) -> Any:
    parts: dict[str, Any] = {}
    if route.name in FILES:
        parts["files"] = FILES[route.name]
    elif route.has_body:
        assert route.name in BODIES, f"{route.name}: say what to send"
        parts["json"] = BODIES[route.name]
    return await person.http.request(route.method, filled(route, victim), **parts)


async def state_of(victim: Victim) -> dict[str, Any]:
    """All that a successful attack would have changed."""
    buyer, values = victim.buyer, victim.values
    return {
        "order": await buyer.get(f"/api/v1/orders/{values['order_id']}"),
        "payment": await buyer.get(f"/api/v1/payments/{values['order_id']}"),
        "notes": await victim.admin.get(f"/api/v1/orders/{values['order_id']}/notes"),
        "returns": await victim.admin.get("/api/v1/returns"),
        "addresses": await buyer.get("/api/v1/me/addresses"),
        "sessions": [s["id"] for s in (await buyer.get("/api/v1/me/sessions"))["items"]],
        "cart": await buyer.get("/api/v1/cart"),
        "import": await victim.seller.get(f"/api/v1/products/imports/{values['import_id']}"),
        "mappings": await victim.seller.get("/api/v1/products/imports/mappings"),
        "product": await victim.admin.get(f"/api/v1/manage/products/{values['product_id']}"),
        "categories": await buyer.get("/api/v1/categories"),
        "attributes": await buyer.get("/api/v1/attributes"),
        "brands": await buyer.get("/api/v1/brands"),
        "seller": await buyer.get(f"/api/v1/sellers/{values['seller']}"),
        "warehouses": await victim.admin.get("/api/v1/warehouses"),
        "carriers": await victim.admin.get("/api/v1/shipping/accounts"),
        "parcels": await victim.admin.get(f"/api/v1/orders/{values['order_id']}/shipments"),
        "store": await buyer.get("/api/v1/store"),
        "domains": await victim.admin.get("/api/v1/store/domains"),
        "synonyms": await victim.admin.get("/api/v1/search/synonyms"),
        "pins": await victim.admin.get("/api/v1/search/pins"),
        "hidden": await victim.admin.get("/api/v1/search/hidden"),
        "legal": await buyer.get("/api/v1/store/legal"),
        "devices": await buyer.get("/api/v1/me/devices"),
        "words": await victim.admin.get("/api/v1/notifications/templates/order_shipped/en"),
        "deliveries": await victim.admin.get("/api/v1/notifications/deliveries", limit=100),
        "staff": await victim.admin.get("/api/v1/warehouses/hidden/staff"),
        "count": await victim.admin.get(f"/api/v1/counts/{values['count_id']}"),
        "reviews": await victim.admin.get(f"/api/v1/products/{values['product_id']}/reviews", limit=100),
        "costs": await victim.admin.get(f"/api/v1/costs/{values['variant_id']}"),
        "article": await victim.admin.get(f"/api/v1/articles/{values['variant_id']}"),
        "movements": await victim.admin.get(f"/api/v1/stock/{values['variant_id']}/movements"),
    }


async def test_every_route_says_who_may_call_it(people: People) -> None:
    """A new route stands in one of the lists above, or is for admins only."""
    guest, shopper = people.guest(HOME), await people.shopper(HOME)
    seller = await people.seller(HOME, "foldworks")
    wrong = []
    known = PUBLIC | BY_LINK
    routes = await routes_of(guest)
    for person, may, status in (
        (guest, known, 401),
        (shopper, known | SIGNED_IN, 403),
        (seller, known | SIGNED_IN | SELLERS, 403),
    ):
        for route in routes:
            if route.name not in may:
                path = re.sub(r"\{\w+\}", NOBODY, route.path)
                got = (await person.http.request(route.method, path)).status_code
                if got != status:
                    wrong.append(f"{route.name}: {got}, not {status}")
    assert wrong == []
    assert (known | SIGNED_IN | SELLERS) - {route.name for route in routes} == set(), "routes that are no more"


async def test_ids_of_others_open_nothing(people: People) -> None:
    victim = await a_victim(people)
    before = await state_of(victim)
    attackers = [
        ("same store", people.guest(HOME)),
        ("same store", await people.shopper(HOME)),
        ("same store", await people.seller(HOME, "foldworks")),
        ("elsewhere", people.guest(ELSEWHERE)),
        ("elsewhere", await people.shopper(ELSEWHERE)),
        ("elsewhere", await people.admin(ELSEWHERE)),
        ("elsewhere", await people.seller(ELSEWHERE, "pilcrow")),
    ]
    wrong = []
    routes = [route for route in await routes_of(victim.buyer) if "{" in route.path]
    assert len(routes) > 20
    for where, person in attackers:
        for route in routes:
            answer = await attack(person, route, victim)
            if (answer.is_success or answer.status_code == 422) and (where, route.name) in FINE:
                continue
            if answer.status_code not in (401, 403, 404):
                wrong.append(f"{person.email} {where} {route.name}: {answer.status_code} {answer.text[:200]}")
    assert wrong == []
    assert await state_of(victim) == before


async def test_lists_have_nothing_of_others(people: People) -> None:
    victim = await a_victim(people)
    attackers = [
        (victim.private, people.guest(HOME)),
        (victim.private, await people.shopper(HOME)),
        (victim.private, await people.seller(HOME, "foldworks")),
        (victim.private | victim.local, people.guest(ELSEWHERE)),
        (victim.private | victim.local, await people.shopper(ELSEWHERE)),
        (victim.private | victim.local, await people.admin(ELSEWHERE)),
        (victim.private | victim.local, await people.operator(ELSEWHERE)),
    ]
    routes = [r for r in await routes_of(victim.buyer) if r.method == "GET" and "{" not in r.path]
    routes = [r for r in routes if r.name not in STORELESS | {"GET /api/v1/mailbox"}]
    wrong = []
    for secrets, person in attackers:
        for route in routes:
            answer = await person.http.get(route.path)
            assert answer.status_code < 500, f"{route.name}: {answer.text}"
            wrong += [f"{person.email} {route.name} shows {s}" for s in secrets if s in answer.text]
    elsewhere = await people.guest(ELSEWHERE).get("/api/v1/mailbox", limit=100)
    wrong += [f"mailbox shows {s}" for s in victim.private | victim.local if s in str(elsewhere)]
    assert wrong == []


async def test_token_of_one_store_is_no_token_in_another(people: People, program: Program) -> None:
    victim = await a_victim(people)
    before = await state_of(victim)
    admin = await people.admin(ELSEWHERE)
    admin.http.headers["host"] = f"{HOME}.localhost"
    got = {}
    for route in await routes_of(victim.buyer):
        if route.name not in STORELESS:
            path = filled(route, victim) if "{" in route.path else route.path
            got[route.name] = (await admin.http.request(route.method, path)).status_code
    assert {name: status for name, status in got.items() if status != 401} == {}
    assert await state_of(victim) == before


async def test_ids_in_bodies_open_nothing(people: People) -> None:
    victim = await a_victim(people)
    before = await state_of(victim)
    variant, order = victim.values["variant_id"], victim.order
    move = {"variant_id": variant, "warehouse": "main", "quantity": 1, "reason": "mine"}
    transfer = {"variant_id": variant, "from": "main", "to": "west", "quantity": 1}
    rival, foreign = await people.seller(HOME, "foldworks"), await people.admin(ELSEWHERE)
    for person in (rival, foreign):
        for path in ("receive", "remove", "count", "adjust"):
            assert (await person.http.post(f"/api/v1/stock/{path}", json=move)).status_code == 404
        assert (await person.http.post("/api/v1/stock/transfer", json=transfer)).status_code == 404
        assert (await person.http.post("/api/v1/stock/counts", json={"counts": [move]})).status_code == 404
    product = {"name": "Fake", "seller_id": order["parcels"][0]["seller_id"], "variants": [{"sku": "FAKE", "price": 1}]}
    for person in (rival, foreign):
        assert (await person.http.post("/api/v1/products", json=product)).status_code in (403, 422)
    shopper = await people.shopper(ELSEWHERE)
    assert (await shopper.http.post("/api/v1/cart/items", json={"variant_id": variant})).status_code in (404, 422)
    quote = {"lines": [{"variant_id": variant, "quantity": 1}], "address": ADDRESS}
    assert (await shopper.http.post("/api/v1/shipping/quotes", json=quote)).status_code == 422
    draft = {
        "lines": [{"variant_id": variant, "quantity": 1}],
        "email": shopper.email,
        "address": ADDRESS,
        "shipping": "standard",
        "payment": {"method": "card-simulated", "token": "tok_ok"},
        "expected_total": order["total"],
    }
    assert (await shopper.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": "1"})).status_code == 422
    assert await state_of(victim) == before


async def test_cart_of_another_is_not_shown_ordered_or_merged(people: People) -> None:
    victim = await a_victim(people)
    cart = await victim.buyer.get("/api/v1/cart")
    assert cart["count"] == 1
    for person in (people.guest(HOME), await people.shopper(HOME), people.guest(ELSEWHERE)):
        for named in ({"cart-id": cart["id"]}, {"cookie": f"cart={cart['id']}"}):
            seen = await person.ask("GET", "/api/v1/cart", headers=named)
            assert seen["count"] == 0
            await person.ask("DELETE", "/api/v1/cart", headers=named)
    thief = await people.shopper(HOME)
    draft = {
        "cart_id": cart["id"],
        "email": thief.email,
        "address": ADDRESS,
        "shipping": "standard",
        "payment": {"method": "card-simulated", "token": "tok_ok"},
        "expected_total": cart["subtotal"],
    }
    answer = await thief.http.post("/api/v1/orders", json=draft, headers={"idempotency-key": "steal"})
    assert answer.status_code in (404, 422), answer.text
    login = {"email": thief.email, "password": "tradehall-demo", "cart_id": cart["id"]}
    await thief.ask("POST", "/api/v1/auth/login", login)
    await equals(0, lambda: _count(thief))
    assert await victim.buyer.get("/api/v1/cart") == cart


async def _count(person: Person) -> int:
    return int((await person.get("/api/v1/cart"))["count"])


async def test_pictures_are_at_their_own_store_only(people: People) -> None:
    guest, other = people.guest(HOME), people.guest(ELSEWHERE)
    products = (await guest.get("/api/v1/products"))["items"]
    images = [product["image"] for product in products if product["image"]]
    assert images
    assert (await guest.http.get(images[0])).status_code == 200
    assert (await other.http.get(images[0])).status_code == 404
