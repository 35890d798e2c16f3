"""Shipping: what it costs to get there, and the parcels on their way."""

from tradehall.kernel.service import Service
from tradehall.services.shipping import api, subscribers

service = Service("shipping", routes=api.routes, modules=[api, subscribers])
