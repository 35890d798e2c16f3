"""Orders: created, followed through their states, split by seller."""

from tradehall.kernel.service import Service
from tradehall.services.orders import api, subscribers, tasks

service = Service("orders", routes=api.routes, modules=[subscribers, tasks], goods=["variants"])
