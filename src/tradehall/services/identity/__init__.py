"""Identity: accounts, sessions and their tokens, addresses, sellers, staff, operators."""

from tradehall.kernel.service import Service
from tradehall.services.identity import api, subscribers, tasks

service = Service("identity", routes=api.routes, modules=[subscribers, tasks])
