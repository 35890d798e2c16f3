"""A store moves from one installation to another: the commands, on the real program."""

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journeys.program import Program
from tests.journeys.shop import People, Person
from tradehall.demo import DEMO_PASSWORD, content

SLUG = "atlantic"


def signed_in(program: Program, slug: str = SLUG) -> httpx.Client:
    client = httpx.Client(base_url=program.url, headers={"host": f"{slug}.localhost"}, timeout=30, trust_env=False)
    login = {"email": content.people().stores[SLUG].admin.email, "password": DEMO_PASSWORD}
    answer = client.post("/api/v1/auth/login", json=login)
    answer.raise_for_status()
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def arrives(program: Program, slug: str) -> bool:
    """The process that runs hears of the store in a moment."""
    with httpx.Client(base_url=program.url, headers={"host": f"{slug}.localhost"}, trust_env=False) as guest:
        return becomes(guest, 200)


def becomes(guest: httpx.Client, status: int) -> bool:
    until = time.monotonic() + 10
    while guest.get("/api/v1/products").status_code != status:
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def all_of(client: httpx.Client, path: str, **params: Any) -> list[Any]:
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        answer = client.get(path, params={"limit": 100, **params, **cursor})
        answer.raise_for_status()
        page = answer.json()
        found += page["items"]
        if not page.get("next"):
            return found
        cursor = {"cursor": page["next"]}


def everything(program: Program, slug: str = SLUG) -> dict[str, Any]:
    with closing(signed_in(program, slug)) as admin:
        orders = all_of(admin, "/api/v1/orders")
        products = all_of(admin, "/api/v1/products")
        one = admin.get(f"/api/v1/products/{products[0]['slug']}").json()
        return {
            "products": products,
            "one": one,
            "picture": admin.get(products[0]["image"]).content if products[0]["image"] else b"",
            "orders": [admin.get(f"/api/v1/orders/{order['id']}").json() for order in orders],
            "histories": [admin.get(f"/api/v1/orders/{order['id']}/history").json() for order in orders],
            "payments": [admin.get(f"/api/v1/payments/{order['id']}").json() for order in orders],
            "stock": all_of(admin, "/api/v1/stock"),
            "movements": admin.get(f"/api/v1/stock/{one['variants'][0]['id']}/movements").json(),
            "sellers": all_of(admin, "/api/v1/sellers"),
            "categories": admin.get("/api/v1/categories").json(),
            "warehouses": admin.get("/api/v1/warehouses").json(),
            "rates": admin.get("/api/v1/shipping/rates").json(),
            "terms": admin.get("/api/v1/store/legal/terms").json(),
        }


@pytest.mark.timeout(400)
async def test_exported_store_is_the_same_on_another_installation(
    program: Program, people: People, alone: list[Program], tmp_path: Path
) -> None:
    admin = await people.admin(SLUG)
    await admin.ask("PUT", "/api/v1/store/legal/terms", {"text": "# Ours"})
    await admin.ask("PUT", "/api/v1/payments/bank-details", {"text": "Atlantic, First Bank"})
    before = everything(program)
    assert len(before["orders"]) >= 7
    archive = tmp_path / "atlantic.tar.gz"
    done = program.run("stores", "export", SLUG, "--to", str(archive), "--with-credentials")
    assert done.returncode == 0, done.stderr
    assert archive.stat().st_mode & 0o077 == 0
    assert program.run("stores", "export", SLUG, "--to", str(archive)).returncode == 1
    assert program.run("stores", "export", "nobody", "--to", str(tmp_path / "x")).returncode == 1
    assert not (tmp_path / "x").exists()
    assert program.run("stores", "import", str(archive)).returncode == 1  # it is here

    other = Program(demo=False)
    alone.append(other)
    other.start().wait_ready()
    done = other.run("stores", "import", str(archive))
    assert done.returncode == 0, done.stderr
    assert arrives(other, SLUG)
    after = everything(other)
    for name, found in before.items():
        assert after[name] == found, name
    buyer = Person(other.url, SLUG)
    assert (await buyer.get("/api/v1/store"))["accounts"] == ["bank-slip"]
    variant = await buyer.choose()
    order = await buyer.buy([(variant, 1)])
    await buyer.until(order, "CONFIRMED")
    await buyer.http.aclose()


def test_without_credentials_nobody_can_sign_in_and_no_hash_is_in_the_export(
    program: Program, alone: list[Program], tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    host = {"host": f"{SLUG}.localhost"}
    with httpx.Client(base_url=program.url, headers=host, timeout=30, trust_env=False) as guest:
        products = guest.get("/api/v1/products").json()["total"]
    done = program.run("stores", "export", SLUG, "--to", str(folder))
    assert done.returncode == 0, done.stderr
    written = [path.read_bytes() for path in folder.rglob("*.json*")]
    assert not any(b"$argon2id$v" in content or b"tok_ok" in content for content in written)
    users = (folder / "rows/identity/users.jsonl").read_text().splitlines()
    assert all(json.loads(line)["password_hash"] == "$argon2id$none" for line in users)
    other = Program(demo=False)
    alone.append(other)
    other.start().wait_ready()
    assert other.run("stores", "import", str(folder), "--slug", "pacific").returncode == 0
    assert arrives(other, "pacific")
    with httpx.Client(base_url=other.url, headers={"host": "pacific.localhost"}, timeout=30, trust_env=False) as guest:
        assert guest.get("/api/v1/store").json()["name"] == "Atlantic"
        login = {"email": content.people().stores[SLUG].admin.email, "password": DEMO_PASSWORD}
        assert guest.post("/api/v1/auth/login", json=login).status_code == 401
        assert guest.get("/api/v1/products").json()["total"] == products


def test_a_changed_export_is_refused(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    assert program.run("stores", "export", "mini", "--to", str(folder)).returncode == 0
    path = folder / "rows/orders/orders.jsonl"
    path.write_text(path.read_text().replace("PENDING", "CONFIRMED") + "\n")
    done = program.run("stores", "import", str(folder), "--slug", "maxi")
    assert done.returncode == 1
    assert "rows/orders/orders.jsonl" in done.stderr
    (folder / "manifest.json").write_text("{}")
    assert "no export" in program.run("stores", "import", str(folder)).stderr
    (tmp_path / "x.tar.gz").write_bytes(b"nothing")
    assert "no export" in program.run("stores", "import", str(tmp_path / "x.tar.gz")).stderr


def test_stores_are_made_listed_and_suspended_by_command(program: Program) -> None:
    made = program.run(
        "stores", "create", "commanded", "By Command", "--currency", "EUR", "--timezone", "Europe/Berlin"
    )
    assert made.stdout == "commanded is found at commanded.localhost\n", made.stderr
    assert program.run("stores", "create", "commanded", "Again").returncode == 1
    wrong = program.run("stores", "create", "WRONG", "x", "--timezone", "Mars")
    assert (wrong.returncode, "slug" in wrong.stderr) == (1, True)
    assert "commanded" in program.run("stores", "list").stdout
    assert json.loads(program.run("stores", "show", "commanded").stdout)["currency"] == "EUR"
    assert "there is no store nobody" in program.run("stores", "show", "nobody").stderr
    with httpx.Client(base_url=program.url, headers={"host": "commanded.localhost"}, trust_env=False) as guest:
        assert becomes(guest, 200)
        assert program.run("stores", "suspend", "commanded").stdout == "commanded is suspended\n"
        assert becomes(guest, 503)
        page = guest.get("/", headers={"accept": "text/html"})
        assert (page.status_code, "Closed for the moment" in page.text) == (503, True)
        assert program.run("stores", "resume", "commanded").stdout == "commanded is active\n"
        assert becomes(guest, 200)
