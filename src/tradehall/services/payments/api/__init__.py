"""Routes of the payments service."""

from tradehall.services.payments.api import accounts, payments, proofs, refunds, webhooks

routes = [*payments.routes, *proofs.routes, *refunds.routes, *accounts.routes, *webhooks.routes]
