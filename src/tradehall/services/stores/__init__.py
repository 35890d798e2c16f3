"""Stores: who they are, where they are found, how they look, how they sell."""

from tradehall.kernel.service import Service
from tradehall.services.stores import subscribers, tasks
from tradehall.services.stores.api import domains, home, legal, look, platform, settings

service = Service(
    "stores",
    routes=[
        *platform.routes,
        *settings.routes,
        *domains.routes,
        *look.routes,
        *home.routes,
        *legal.routes,
    ],
    modules=[subscribers, tasks],
)
