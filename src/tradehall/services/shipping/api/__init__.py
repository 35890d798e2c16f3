"""Routes of the shipping service."""

from tradehall.services.shipping.api import accounts, bookings, rates, shipments, webhooks

routes = [*rates.routes, *shipments.routes, *accounts.routes, *bookings.routes, *webhooks.routes]
