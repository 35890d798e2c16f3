"""Domains of a store's own, proved in the DNS: against a real name server on loopback."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.harness import Alone, eventually
from tests.services.stores.names import Names
from tests.services.stores.opening import opened, rules, seen
from tradehall.contracts.stores import DomainProofLost, Store, StoreUpdated
from tradehall.kernel import settings as config
from tradehall.kernel.errors import Refusal
from tradehall.kernel.settings import SettingsError
from tradehall.launch import free_ports
from tradehall.services.stores import dns, model
from tradehall.services.stores.dns import dns_for

SERVICE = "stores"
(PORT,) = free_ports(1)
SETTINGS = {"dns_resolver": f"127.0.0.1:{PORT}"}


@pytest.fixture(scope="module")
def serving() -> Iterator[Names]:
    names = Names(PORT)
    names.start()
    yield names
    names.stop()


@pytest.fixture
def names(serving: Names) -> Names:
    serving.texts.clear()
    serving.silent.clear()
    serving.failing.clear()
    return serving


def a_domain() -> str:
    return f"shop-{uuid4().hex[:8]}.example.com"


class Admin:
    def __init__(self, it: Alone, store: Store) -> None:
        self.store = store
        self.client = it.client("store_admin", store=store)

    async def claim(self, host: str) -> dict[str, Any]:
        answer = await self.client.post("/api/v1/store/domains", json={"host": host})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def verify(self, host: str) -> httpx.Response:
        return await self.client.post(f"/api/v1/store/domains/{host}/verify")

    async def prove(self, names: Names, host: str) -> dict[str, Any]:
        record = (await self.claim(host))["record"]
        names.texts[record["name"]] = [record["value"]]
        answer = await self.verify(host)
        assert answer.status_code == 200, answer.text
        return dict(record)

    async def hosts(self) -> dict[str, dict[str, Any]]:
        return {view["host"]: view for view in (await self.client.get("/api/v1/store/domains")).json()["items"]}


async def an_admin(it: Alone) -> Admin:
    return Admin(it, await opened(it))


async def status_at(it: Alone, host: str, path: str = "/api/v1/store") -> int:
    return (await it.client().get(f"http://{host}{path}")).status_code


async def test_a_proved_domain_serves_the_store_and_a_claimed_one_does_not(it: Alone, names: Names) -> None:
    admin, host = await an_admin(it), a_domain()
    record = (await admin.claim(host))["record"]
    assert record["name"] == f"_tradehall.{host}"
    assert await status_at(it, host) == 404
    names.texts[record["name"]] = [record["value"]]
    view = (await admin.verify(host)).json()
    assert (view["state"], view["serves"], view["primary"]) == ("proved", True, False)
    assert (await it.client().get(f"http://{host}/api/v1/store")).json()["id"] == str(admin.store.id)
    told = await it.published(StoreUpdated, store=admin.store)
    assert told[-1].store.hosts == [*admin.store.hosts, host]


async def test_the_proof_is_found_among_many_records(it: Alone, names: Names) -> None:
    admin, host = await an_admin(it), a_domain()
    record = (await admin.claim(host))["record"]
    others: list[str | bytes] = [f"v=spf1 include:mail{n}.example.com {'x' * 60} -all" for n in range(15)]
    names.texts[record["name"]] = [*others, f" {record['value']} "]
    assert (await admin.verify(host)).status_code == 200


async def test_a_wrong_record_is_shown_to_the_admin(it: Alone, names: Names) -> None:
    admin, host = await an_admin(it), a_domain()
    record = (await admin.claim(host))["record"]
    names.texts[record["name"]] = ["tradehall-proof=of-somebody-else", b"\xff\x00binary"]
    answer = await admin.verify(host)
    assert (answer.status_code, answer.json()["type"]) == (409, "domain-not-proved")
    assert answer.json()["extra"]["found"] == ["\\xff\\0binary", "tradehall-proof=of-somebody-else"]
    assert record["value"] in answer.json()["detail"]
    assert (await admin.hosts())[host]["found"] == answer.json()["extra"]["found"]


@pytest.mark.parametrize("there", [None, []])
async def test_no_name_and_no_record_are_no_proof(it: Alone, names: Names, there: list[str | bytes] | None) -> None:
    admin, host = await an_admin(it), a_domain()
    record = (await admin.claim(host))["record"]
    if there is not None:
        names.texts[record["name"]] = there
    answer = await admin.verify(host)
    assert (answer.status_code, answer.json()["extra"]["found"]) == (409, [])


@pytest.mark.parametrize("how", ["silent", "failing"])
async def test_a_dns_that_does_not_answer_proves_nothing_and_takes_nothing(
    it: Alone, names: Names, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns, "PATIENCE", 0.5)
    admin, host = await an_admin(it), a_domain()
    record = await admin.prove(names, host)
    getattr(names, how).add(record["name"])
    answer = await admin.verify(host)
    assert (answer.status_code, answer.json()["type"]) == (503, "dns-silent")
    assert answer.headers["retry-after"]
    assert (await admin.hosts())[host]["state"] == "proved"
    assert await status_at(it, host) == 200


async def test_of_two_claims_the_proved_one_has_the_domain(it: Alone, names: Names) -> None:
    one, other, host = await an_admin(it), await an_admin(it), a_domain()
    await one.claim(host)
    await other.prove(names, host)
    assert (await it.client().get(f"http://{host}/api/v1/store")).json()["id"] == str(other.store.id)
    assert (await one.verify(host)).json()["type"] == "domain-not-proved"


async def test_a_domain_goes_to_who_proves_it_once_the_earlier_proof_is_gone(it: Alone, names: Names) -> None:
    one, other, host = await an_admin(it), await an_admin(it), a_domain()
    kept = await one.prove(names, host)
    record = (await other.claim(host))["record"]
    names.texts[record["name"]].append(record["value"])
    assert (await other.verify(host)).json()["type"] == "domain-taken"
    names.texts[record["name"]].remove(kept["value"])
    assert (await other.verify(host)).status_code == 200
    assert (await it.client().get(f"http://{host}/api/v1/store")).json()["id"] == str(other.store.id)
    assert (await one.hosts())[host]["state"] == "claimed"
    assert host not in (await seen(it.client(store=one.store))).hosts


async def test_a_host_that_an_operator_gave_is_nobody_elses(it: Alone, names: Names) -> None:
    host = a_domain()
    await opened(it, hosts=[host])
    admin = await an_admin(it)
    record = (await admin.claim(host))["record"]
    names.texts[record["name"]] = [record["value"]]
    assert (await admin.verify(host)).json()["type"] == "domain-taken"


async def test_a_lost_proof_is_told_once_and_not_acted_on(
    it: Alone, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "CHECK_AGAIN", timedelta(seconds=0.3))
    admin, host = await an_admin(it), a_domain()
    record = await admin.prove(names, host)

    async def asked_again() -> bool:
        return names.asked.count(record["name"]) >= 3

    await eventually(asked_again)
    assert (await admin.hosts())[host]["state"] == "proved"
    del names.texts[record["name"]]
    (lost,) = await it.published(DomainProofLost, store=admin.store)
    assert (lost.host, lost.found) == (host, [])
    names.asked.clear()
    await eventually(asked_again)
    assert len(await it.published(DomainProofLost, store=admin.store)) == 1
    view = (await admin.hosts())[host]
    assert (view["state"], view["serves"]) == ("lost", True)
    assert await status_at(it, host) == 200
    names.texts[record["name"]] = [record["value"]]

    async def found_again() -> bool:
        return bool((await admin.hosts())[host]["state"] == "proved")

    await eventually(found_again)


async def test_a_removed_domain_is_asked_about_no_more(
    it: Alone, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "CHECK_AGAIN", timedelta(seconds=0.3))
    admin, host, other = await an_admin(it), a_domain(), a_domain()
    await admin.prove(names, host)
    assert (await admin.client.delete(f"/api/v1/store/domains/{host}")).status_code == 204
    names.asked.clear()
    await admin.prove(names, other)

    async def other_asked_thrice() -> bool:
        return names.asked.count(f"_tradehall.{other}") >= 3

    await eventually(other_asked_thrice)
    assert f"_tradehall.{host}" not in names.asked


async def test_a_removed_domain_is_found_no_more_by_anybody(it: Alone, names: Names) -> None:
    admin, host = await an_admin(it), a_domain()
    await admin.prove(names, host)
    assert await status_at(it, host) == 200
    await admin.client.delete(f"/api/v1/store/domains/{host}")
    assert await status_at(it, host) == 404
    assert await status_at(it, host, "/") == 404
    assert await status_at(it, admin.store.hosts[0], f"/api/v1/platform/hosts?domain={host}") == 404
    assert (await admin.client.delete(f"/api/v1/store/domains/{host}")).status_code == 404


async def test_pages_lead_to_the_primary_host_and_nothing_else_does(it: Alone, names: Names) -> None:
    admin, host = await an_admin(it), a_domain()
    await admin.prove(names, host)
    first = admin.store.hosts[0]
    assert (await admin.client.post(f"/api/v1/store/domains/{host}/primary")).status_code == 200
    guest = it.client()
    answer = await guest.get(f"http://{first}:8000/products/x%2Fy?a=1&b=%20c")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"//{host}:8000/products/x%2Fy?a=1&b=%20c"
    assert (await guest.head(f"http://{first}/")).headers["location"] == f"//{host}/"
    assert (await guest.get(f"http://{first}//evil.example/")).headers["location"] == f"//{host}//evil.example/"
    assert (await guest.get(f"http://{host}/")).status_code == 404  # no web here
    assert (await guest.post(f"http://{first}/cart/items")).status_code in (404, 405)
    for path in ("/api/v1/store", "/health/live"):
        assert (await guest.get(f"http://{first}{path}")).status_code == 200
    assert (await guest.get("http://127.0.0.1/")).status_code == 404  # an address is no host of the store's


async def test_the_next_host_is_primary_when_the_primary_goes(it: Alone, names: Names) -> None:
    admin, host = await an_admin(it), a_domain()
    await admin.prove(names, host)
    await admin.client.post(f"/api/v1/store/domains/{host}/primary")
    assert (await seen(admin.client)).hosts == [host, *admin.store.hosts]
    await admin.client.delete(f"/api/v1/store/domains/{host}")
    assert (await seen(admin.client)).hosts == admin.store.hosts


async def test_names_are_normalised(it: Alone, names: Names) -> None:
    admin, unique = await an_admin(it), uuid4().hex[:8]
    claimed = await admin.claim(f"  BÜCHER-{unique}.Example.COM. ")
    assert claimed["host"].startswith("xn--bcher-")
    names.texts[claimed["record"]["name"]] = [claimed["record"]["value"]]
    assert (await admin.verify(f"Bücher-{unique}.example.com")).status_code == 200
    for said in (claimed["host"].upper(), claimed["host"] + ".", claimed["host"] + ":8000", claimed["host"] + ".:80"):
        assert (await it.client().get("http://x/api/v1/store", headers={"host": said})).status_code == 200, said


@pytest.mark.parametrize(
    "host",
    ["localhost", "www.localhost", "api.localhost", "alpha.localhost", "shop", "127.0.0.1", "[::1]", "1.2.3", "a..com",
     "http://shop.example.com", "shop.example.com:80", "shop.example.com/x", "-a.com", "a_b.com", "x" * 64 + ".com",
     ".".join(["abcdefgh"] * 28), "a b.com", "*.example.com", "\u0000.com", "."],
)  # fmt: skip
async def test_what_cannot_be_a_domain_of_ones_own_is_refused(it: Alone, host: str) -> None:
    admin = await an_admin(it)
    assert list(rules(await admin.client.post("/api/v1/store/domains", json={"host": host}))) == ["host"]


async def test_a_store_claims_a_domain_once_and_so_many_at_most(it: Alone) -> None:
    admin, host = await an_admin(it), a_domain()
    await admin.claim(host)
    again = await admin.client.post("/api/v1/store/domains", json={"host": host.upper()})
    assert (again.status_code, again.json()["type"]) == (409, "domain-claimed")
    for _ in range(model.MOST_DOMAINS - 1):
        await admin.claim(a_domain())
    answer = await admin.client.post("/api/v1/store/domains", json={"host": a_domain()})
    assert (answer.status_code, answer.json()["type"]) == (409, "too-many-domains")


async def test_claims_of_one_store_are_out_of_reach_in_another(it: Alone, names: Names) -> None:
    one, other, host = await an_admin(it), await an_admin(it), a_domain()
    await one.prove(names, host)
    assert host not in await other.hosts()
    assert (await other.verify(host)).status_code == 404
    assert (await other.client.post(f"/api/v1/store/domains/{host}/primary")).status_code == 404
    assert (await other.client.delete(f"/api/v1/store/domains/{host}")).status_code == 404
    assert await status_at(it, host) == 200


async def test_the_gateway_is_told_which_hosts_there_are_from_memory(it: Alone, names: Names) -> None:
    admin, host = await an_admin(it), a_domain()
    ask = it.client()
    url = "http://127.0.0.1:8001/api/v1/platform/hosts"
    assert (await ask.get(url, params={"domain": host})).status_code == 404
    await admin.claim(host)
    assert (await ask.get(url, params={"domain": host})).status_code == 404
    await admin.prove(names, other := a_domain())
    for known in (other, other.upper(), other + ".", admin.store.hosts[0], "localhost"):
        assert (await ask.get(url, params={"domain": known})).status_code == 200, known
    for unknown in ("127.0.0.1", "", "www.localhost", "\0", "é.example"):
        assert (await ask.get(url, params={"domain": unknown})).status_code == 404, unknown
    assert (await ask.get(url)).status_code == 422


@pytest.mark.parametrize("address", ["ns.example.com", "1.2.3.4:", "::1", "1.2.3.4:53:53", "[::1"])
def test_a_name_server_is_named_by_its_address(address: str) -> None:
    with pytest.raises(SettingsError):
        config.load({"TRADEHALL_DNS_RESOLVER": address}, Path("no such file"))


async def test_the_name_server_may_be_named_in_all_usual_ways(it: Alone, names: Names) -> None:
    names.texts["a.example"] = ["x"]
    assert await dns_for(it.running.settings).texts("a.example") == ["x"]
    assert dns._open("[::1]:54")._resolver.port == 54
    assert dns._open("9.9.9.9")._resolver.nameservers == ["9.9.9.9"]
    (closed,) = free_ports(1)
    with pytest.raises(Refusal):
        await dns._open(f"127.0.0.1:{closed}").texts("a.example")
