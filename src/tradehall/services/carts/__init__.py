"""Carts of guests and accounts: never lose a write, follow the catalogue's prices, drop nothing silently."""

from tradehall.kernel.service import Service
from tradehall.services.carts import api, subscribers

service = Service("carts", routes=api.routes, modules=[api, subscribers])
