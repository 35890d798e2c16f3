"""Routes of the orders service."""

from tradehall.services.orders.api import following, fulfilling, listing, notes, placing, reducing, returns

routes = [
    *placing.routes,
    *listing.routes,
    *following.routes,
    *fulfilling.routes,
    *reducing.routes,
    *returns.routes,
    *notes.routes,
]
