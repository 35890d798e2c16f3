"""Routes of the identity service."""

from tradehall.services.identity.api import addresses, passwords, profile, sellers, signing_in, staff

routes = [
    *signing_in.routes,
    *passwords.routes,
    *profile.routes,
    *addresses.routes,
    *sellers.routes,
    *staff.routes,
]
