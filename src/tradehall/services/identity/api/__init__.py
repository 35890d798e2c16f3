"""Routes of the identity service."""

from tradehall.services.identity.api import (
    addresses,
    applying,
    audit,
    emails,
    issuers,
    keys,
    passwords,
    phones,
    profile,
    second_factor,
    sellers,
    signing_in,
    staff,
)

routes = [
    *signing_in.routes,
    *passwords.routes,
    *emails.routes,
    *phones.routes,
    *second_factor.routes,
    *profile.routes,
    *addresses.routes,
    *sellers.routes,
    *applying.routes,
    *staff.routes,
    *issuers.routes,
    *keys.routes,
    *audit.routes,
]
