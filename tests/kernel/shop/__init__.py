"""A service for the kernel's tests: it notes what it hears, and fails when told to."""

from tests.kernel.shop import api, subscribers
from tradehall.kernel.service import Service

service = Service("shop", routes=api.routes, modules=[subscribers])
