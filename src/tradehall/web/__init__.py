"""The pages: storefront, account, mailbox, back office. A client of the public API like any other."""

from litestar import Router
from litestar.di import Provide

from tradehall.kernel.service import Service
from tradehall.web import static_files
from tradehall.web.errors import error_page
from tradehall.web.pages import (
    account,
    admin,
    cart,
    catalog,
    checkout,
    counts,
    forgotten,
    imports,
    legal,
    mailbox,
    orders,
    profile,
    shop,
    stock,
    store_domains,
    store_home,
    store_look,
    store_settings,
    warehouses,
)
from tradehall.web.visit import visit

_PAGES = (
    shop, cart, checkout, orders, account, forgotten, profile, mailbox, admin, legal, catalog,
    stock, counts, warehouses, store_settings, store_look, store_home, store_domains, imports,
)  # fmt: skip

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
