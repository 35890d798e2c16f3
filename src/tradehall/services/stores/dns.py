"""What stands in the DNS."""

import asyncio
from functools import lru_cache

import dns.asyncresolver
import dns.exception
import dns.resolver

from tradehall.kernel.settings import Settings
from tradehall.services.stores.model import DnsSilent

PATIENCE = 4.0  # seconds for an answer, with all tries
MOST_TEXTS, LONGEST_TEXT = 20, 255
AT_ONCE = 16


class Dns:
    def __init__(self, resolver: dns.asyncresolver.Resolver) -> None:
        self._resolver = resolver
        self._room = asyncio.Semaphore(AT_ONCE)

    async def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none where there is no such name. Raises DnsSilent."""
        try:
            async with asyncio.timeout(PATIENCE + 1), self._room:
                answer = await self._resolver.resolve(name, "TXT", lifetime=PATIENCE, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, TimeoutError) as error:
            raise DnsSilent(f"No answer about {name}.", headers={"retry-after": "30"}) from error
        records = [b"".join(record.strings) for record in answer]
        return sorted(_readable(record) for record in records)[:MOST_TEXTS]


def _readable(record: bytes) -> str:
    return record.decode("ascii", "backslashreplace").replace("\0", "\\0")[:LONGEST_TEXT]


def dns_for(settings: Settings) -> Dns:
    return _open(settings.dns_resolver)


@lru_cache(maxsize=4)
def _open(address: str) -> Dns:
    """`address` is `host[:port]` of a name server, "" for the system's."""
    if not address:
        return Dns(dns.asyncresolver.Resolver())
    host, port = address, "53"
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif ":" in address:
        host, _, port = address.partition(":")
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [host]
    resolver.port = int(port)
    return Dns(resolver)
