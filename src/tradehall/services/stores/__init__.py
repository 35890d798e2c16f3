"""Stores: who they are, where they are found, how they look, how they sell, what they pay."""

from tradehall.kernel.service import Service
from tradehall.services.stores import subscribers, tasks
from tradehall.services.stores.api import (
    bills,
    domains,
    home,
    legal,
    look,
    plans,
    platform,
    settings,
    signups,
    subscription,
    terms,
)

service = Service(
    "stores",
    routes=[
        *platform.routes,
        *settings.routes,
        *domains.routes,
        *look.routes,
        *home.routes,
        *legal.routes,
        *plans.routes,
        *terms.routes,
        *bills.routes,
        *signups.routes,
        *subscription.routes,
    ],
    modules=[subscribers, tasks],
)
