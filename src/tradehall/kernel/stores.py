"""Which store a host belongs to: all stores in memory, in every process, so that no request asks a database."""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from tradehall.contracts.stores import Store, StoreCreated, StoreUpdated
from tradehall.kernel.context import stopping
from tradehall.kernel.errors import NotFound, Refusal
from tradehall.kernel.ids import NO_STORE

log = logging.getLogger(__name__)


def base_url(store: Store, port: int) -> str:
    """Where shoppers find the store."""
    return url_of(store.hosts[0], port)


def url_of(host: str, port: int) -> str:
    """A host under localhost is this machine, at the port we listen on."""
    return f"http://{host}:{port}" if host.endswith("localhost") else f"https://{host}"


class UnknownStore(NotFound):
    slug = "unknown-store"
    title = "There is no store at this address"


class StoreSuspended(Refusal):
    status = 503
    slug = "store-suspended"
    title = "This store is closed for the moment"


class StoreClosed(Refusal):
    status = 410
    slug = "store-closed"
    title = "This store is no more"


class StoreDirectory:
    """Filled from the stores service at start, kept current by its events."""

    REFRESH = 1.0  # seconds between two refreshes that an unknown id or host may cause

    def __init__(
        self, fetch: Callable[[], Awaitable[list[Store]]], *, default_slug: str, platform_domain: str = "localhost"
    ) -> None:
        self._fetch = fetch
        self.platform = platform_store(platform_domain)
        self._default_slug = default_slug
        self._by_id: dict[UUID, Store] = {}
        self._by_host: dict[str, Store] = {}
        self._by_slug: dict[str, Store] = {}
        self._fetched_at = -self.REFRESH
        self._fetching = asyncio.Lock()

    @property
    def loaded(self) -> bool:
        return self._fetched_at > 0

    def all(self) -> list[Store]:
        return list(self._by_id.values())

    def hear(self, event: StoreCreated | StoreUpdated) -> None:
        self.put(event.store)

    def put(self, store: Store) -> None:
        """An older version than the one that is known changes nothing: events come after the change itself, and again
        at a start."""
        earlier = self._by_id.get(store.id)
        if earlier is not None and earlier.version > store.version:
            return
        for host in earlier.hosts if earlier else ():
            if self._by_host[host].id == store.id:  # or another store has it by now
                del self._by_host[host]
        self._by_id[store.id] = store
        self._by_slug[store.slug] = store
        for host in store.hosts:
            self._by_host[host] = store

    async def refresh(self) -> None:
        """Raises what the fetch raises."""
        async with self._fetching:
            if time.monotonic() - self._fetched_at < self.REFRESH:
                return
            for store in await self._fetch():
                self.put(store)
            self._fetched_at = time.monotonic()

    async def keep_trying(self) -> None:
        """Until the first load succeeds."""
        while not self.loaded and not stopping():
            try:
                await self.refresh()
            except Exception as error:
                log.info("stores not loaded yet: %r", error)
                await asyncio.sleep(0.25)

    def by_host(self, host: str) -> Store | None:
        """The store of a Host header. Addresses and a bare `localhost` mean the default store."""
        found = self._by_host.get(host)
        if found is not None:
            return found
        name = host_name(host)
        found = self._by_host.get(name)
        if found is None and (name == "localhost" or _is_address(name)):
            return self._by_slug.get(self._default_slug)
        return found

    def knows(self, host: str) -> bool:
        """Whether a store is found at this very name."""
        return host_name(host) in self._by_host

    async def get(self, store_id: UUID) -> Store:
        """Raises UnknownStore; asks once more for a store that may be brand-new. Of NO_STORE the platform itself."""
        if store_id == NO_STORE:
            return self.platform
        if store_id not in self._by_id:
            await self.refresh()
        if store_id not in self._by_id:
            raise UnknownStore()
        return self._by_id[store_id]

    def known(self, store_id: UUID) -> Store | None:
        """Without asking anybody."""
        return self._by_id.get(store_id)

    def is_platform(self, host: str) -> bool:
        """Whether the platform's own pages are found at this host, and no store."""
        name = host_name(host)
        domain = self.platform.hosts[0]
        return name in (domain, f"www.{domain}") and self.by_host(host) is None

    def by_slug(self, slug: str) -> Store | None:
        return self._by_slug.get(slug)


def platform_store(domain: str) -> Store:
    """The platform as what it looks like from outside: a name, a host, a plain look. It sells nothing but stores."""
    return Store(id=NO_STORE, slug="tradehall", name="Tradehall", hosts=[domain], currency="USD", checkout_mode="guest")


def host_name(host: str) -> str:
    """Of a Host header: lower case, without port and without the dot that ends a full name."""
    name = host.lower()
    if not name.endswith("]"):
        name = name.rsplit(":", 1)[0]
    return name.removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
