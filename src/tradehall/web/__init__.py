"""The pages: storefront, account, mailbox, back office. A client of the public API like any other."""

from litestar import Router
from litestar.di import Provide

from tradehall.kernel.service import Service
from tradehall.web import static_files
from tradehall.web.errors import error_page
from tradehall.web.pages import (
    account,
    account_sessions,
    addresses,
    admin,
    audit,
    cart,
    checkout,
    forgotten,
    invitation,
    issuer_login,
    issuers,
    keys,
    mailbox,
    notifications,
    orders,
    phone,
    profile,
    second_factor,
    second_step,
    shop,
    staff,
)
from tradehall.web.visit import visit

_STOREFRONT = (shop, cart, checkout, orders, mailbox)
_LOGGING_IN = (account, second_step, issuer_login, forgotten, invitation)
_ACCOUNT = (profile, addresses, account_sessions, phone, second_factor, notifications)
_BACK_OFFICE = (admin, staff, keys, issuers, audit)
_PAGES = (*_STOREFRONT, *_LOGGING_IN, *_ACCOUNT, *_BACK_OFFICE)

service = Service(
    "web",
    routes=[
        static_files.serve,
        Router(
            "/",
            route_handlers=[handler for module in _PAGES for handler in module.routes],
            dependencies={"visit": Provide(visit)},
        ),
    ],
    stateless=True,
    html_error=error_page,
)
