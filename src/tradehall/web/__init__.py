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
    bank_account,
    carriers,
    cart,
    catalog,
    checkout,
    consent,
    counts,
    dashboard,
    finding,
    forgotten,
    imports,
    invitation,
    issuer_login,
    issuers,
    keys,
    labels,
    legal,
    mailbox,
    messages,
    moderation,
    notifications,
    operator,
    operator_payments,
    order_list,
    orders,
    payment_accounts,
    payment_terms,
    phone,
    products,
    profile,
    reminders,
    reports,
    returns,
    reviews,
    search,
    second_factor,
    second_step,
    selling,
    shipping,
    shop,
    staff,
    start,
    stock,
    store_domains,
    store_home,
    store_look,
    store_plan,
    store_settings,
    variants,
    warehouses,
    zones,
)
from tradehall.web.platform import platform_visit
from tradehall.web.visit import visit

_STOREFRONT = (shop, finding, reviews, cart, checkout, orders, returns, legal, consent, mailbox)
_LOGGING_IN = (account, second_step, issuer_login, forgotten, invitation)
_ACCOUNT = (profile, addresses, account_sessions, phone, second_factor, notifications, reminders)
_BACK_OFFICE = (
    admin,
    dashboard,
    reports,
    order_list,
    moderation,
    selling,
    products,
    variants,
    catalog,
    search,
    imports,
    stock,
    counts,
    warehouses,
    shipping,
    zones,
    carriers,
    labels,
    staff,
    keys,
    issuers,
    messages,
    audit,
)
_STORE = (
    bank_account,
    payment_accounts,
    payment_terms,
    store_settings,
    store_look,
    store_home,
    store_domains,
    store_plan,
)
_PAGES = (*_STOREFRONT, *_LOGGING_IN, *_ACCOUNT, *_BACK_OFFICE, *_STORE)
_PLATFORM_PAGES = (start, operator, operator_payments)

service = Service(
    "web",
    routes=[
        static_files.serve,
        Router(
            "/",
            route_handlers=[handler for module in _PAGES for handler in module.routes],
            dependencies={"visit": Provide(visit)},
        ),
        Router(
            "/",
            route_handlers=[handler for module in _PLATFORM_PAGES for handler in module.routes],
            dependencies={"visit": Provide(platform_visit)},
        ),
    ],
    stateless=True,
    html_error=error_page,
)
