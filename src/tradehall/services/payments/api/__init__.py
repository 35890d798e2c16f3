"""Routes of the payments service."""

from tradehall.services.payments.api import accounts, payments, platform, proofs, refunds, slips, webhooks

routes = [
    *payments.routes,
    *proofs.routes,
    *refunds.routes,
    *slips.routes,
    *accounts.routes,
    *webhooks.routes,
    *platform.routes,
]
