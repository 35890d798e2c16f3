"""Routes of the identity service."""

from tradehall.services.identity.api import addresses, emails, passwords, profile, sellers, signing_in, staff

routes = [
    *signing_in.routes,
    *passwords.routes,
    *emails.routes,
    *profile.routes,
    *addresses.routes,
    *sellers.routes,
    *staff.routes,
]
