"""Routes of the orders service."""

from tradehall.services.orders.api import following, fulfilling, placing

routes = [*placing.routes, *following.routes, *fulfilling.routes]
