"""Routes of the identity service."""

from tradehall.services.identity.api import addresses, profile, sellers, signing_in, staff

routes = [*signing_in.routes, *profile.routes, *addresses.routes, *sellers.routes, *staff.routes]
