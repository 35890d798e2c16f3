"""The demo is loaded through the API, can be interrupted, and is loaded once."""

import subprocess
import sys
import time
from collections import Counter

import httpx
import pytest
from tests.journeys.program import Program

from tradehall.demo import DEMO_PASSWORD, content
from tradehall.demo.screen import StoreLogins, Summary, start_screen
from tradehall.demo.stories import STORIES, assign, receipt

ENDED = {"declined": "CANCELLED", "in review": "PENDING"}


def test_start_screen_is_aligned_and_says_how_to_come_in() -> None:
    stores = [
        StoreLogins(slug=slug, name=slug, host=f"{slug}.localhost", admin=f"admin@{slug}.example", seller="s@x.example")
        for slug in ("mini", "boutique")
    ]
    lines = start_screen(Summary(operator="op@x.example", stores=stores), 8000).splitlines()
    heading, mini, boutique = lines[1:4]
    assert mini.split() == ["http://mini.localhost:8000", "(guests", "only)", "s@x.example", "admin@mini.example"]
    assert heading.index("seller") == mini.index("s@x") == boutique.index("s@x")
    assert any(DEMO_PASSWORD in line for line in lines)
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize("slug", content.STORES)
def test_stories_fit_their_store(slug: str) -> None:
    store, cast = content.store(slug), content.people().stores[slug]
    stories = STORIES[slug]
    assert all(story.method in store.payment_methods for story in stories)
    assert all(story.buyer < len(cast.shoppers) for story in stories)
    goods = [sku for lines in assign(store, stories) for sku, _ in lines]
    assert len(goods) == len(set(goods)) == sum(story.lines for story in stories)


def test_every_state_has_an_order() -> None:
    endings = {story.ending for stories in STORIES.values() for story in stories}
    assert endings == {
        "expired", "declined", "cancelled", "confirmed", "processing", "shipped", "delivered", "in review", "rejected",
    }  # fmt: skip


def test_receipt_is_a_picture() -> None:
    assert receipt("ABCD-2345", "USD 1.00", "Ada").startswith(b"\x89PNG")


@pytest.mark.timeout(240)
def test_interrupted_load_is_completed_and_a_complete_one_left_alone() -> None:
    program = Program(demo=False)
    try:
        program.start().wait_ready()
        _interrupt(program)
        done = program.run("demo")
        assert done.returncode == 0, done.stderr
        before = _seen(program)
        again = program.run("demo")
        assert again.stdout == done.stdout
        assert _seen(program) == before
    finally:
        program.end()
    for slug, (products, orders) in before.items():
        assert products == len(content.store(slug).products)
        assert orders == Counter(ENDED.get(story.ending, story.ending.upper()) for story in STORIES[slug])


def _interrupt(program: Program) -> None:
    """In the middle of it: some store has products already."""
    command = [sys.executable, "-m", "tradehall", "demo"]
    loading = subprocess.Popen(command, env=program.environ, cwd=program.folder)
    try:
        while loading.poll() is None:
            answer = httpx.get(program.url + "/api/v1/products", headers={"host": "mini.localhost"}, timeout=10)
            if answer.is_success and answer.json()["total"] > 10:
                break
            time.sleep(0.05)
        assert loading.poll() is None
    finally:
        loading.kill()
        loading.wait()


def _seen(program: Program) -> dict[str, tuple[int, Counter[str]]]:
    """Products and orders by status, of every store."""
    found = {}
    for slug, cast in content.people().stores.items():
        with httpx.Client(base_url=program.url, headers={"host": f"{slug}.localhost"}, timeout=10) as http:
            login = {"email": cast.admin.email, "password": DEMO_PASSWORD}
            token = http.post("/api/v1/auth/login", json=login).json()["access_token"]
            http.headers["authorization"] = f"Bearer {token}"
            total = http.get("/api/v1/products").json()["total"]
            orders = http.get("/api/v1/orders", params={"limit": 100}).json()["items"]
            found[slug] = (total, Counter(order["status"] for order in orders))
    return found
