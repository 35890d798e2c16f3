"""Shipping: what it costs to get there, and the parcels on their way."""

from tradehall.kernel.service import Service
from tradehall.services.shipping import subscribers, tasks
from tradehall.services.shipping.api import routes

service = Service("shipping", routes=routes, modules=[subscribers, tasks], goods=["variants"])
