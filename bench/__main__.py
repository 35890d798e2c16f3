"""`make bench`: figures of a platform of its own, each with its ratio to a limit measured in the same run.

Options: --quick (short runs, for trying the bench itself), --only NAME (reads, cart, search, logins, clicks, orders, stores).
"""

import argparse
import asyncio
import datetime
import os
import platform as machine
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from bench import clicks, many_stores, search
from bench.load import Load, wrk
from bench.logins import percentile, rush
from bench.platform import HOST, Platform
from bench.postgres import latencies, pgbench
from tradehall.demo import DEMO_PASSWORD, content


@dataclass
class Row:
    what: str
    value: str
    limit: str = ""
    ratio: str = ""
    goal: str = ""


class Bench:
    def __init__(self, port: int, *, quick: bool) -> None:
        self.platform = Platform(port)
        self.short = 3 if quick else 10
        self.long = 10 if quick else 60
        self.rows: list[Row] = []

    def run(self, only: str | None) -> None:
        try:
            first = self.platform.start()
            self.rows.append(Row("first start, empty folder", f"{first:.1f} s"))
            self.rows.append(Row("demo stores loaded after", f"{self.platform.wait_for_demo():.1f} s", goal="20 s"))
            self.rows.append(Row("memory, the demo just loaded", self.platform.memory_told()))
            for name in PARTS:
                if only in (None, name):
                    getattr(self, name)()
                    if name == "orders":
                        self.rows.append(Row("memory, after load", self.platform.memory_told(), goal="500 MiB"))
            self.platform.stop()
            self.rows.append(Row("later start", f"{self.platform.start('--no-demo'):.1f} s", goal="4 s"))
        finally:
            self.platform.close()

    def reads(self) -> None:
        slug = self.platform.json("/api/v1/products?limit=24")["items"][0]["slug"]
        for what, path, goal in (
            ("product detail", f"/api/v1/products/{slug}", "5 000/s"),
            ("list of 24", "/api/v1/products?limit=24", "3 000/s"),
            ("product page (HTML)", f"/products/{slug}", "1 000/s"),
        ):
            body = self.platform.client.get(path)
            body.raise_for_status()
            got = wrk(self.platform.url + path, "get.lua", seconds=self.short, connections=32, BENCH_HOST=HOST)
            self._against_bare(what, got, body.content, "get.lua", goal)

    def cart(self) -> None:
        variants = self._variants()
        environ = {"BENCH_HOST": HOST, "BENCH_VARIANTS": ",".join(variants)}
        url = self.platform.url + "/api/v1/cart/items"
        got = wrk(url, "cart.lua", seconds=self.short, connections=32, **environ)
        body = self.platform.client.post(
            "/api/v1/cart/items", json={"variant_id": variants[0], "quantity": 1}, headers={"Cart-Id": CART}
        )
        body.raise_for_status()
        self._against_bare("cart add", got, body.content, "cart.lua", "1 500/s", **environ)
        self._full_cart()

    def _full_cart(self) -> None:
        """The longest cart against a usual one, one request after the other, in turns, so that both see the same noise."""
        path, sizes = "/api/v1/cart", (3, 200)
        at = {"Host": "motors.localhost"}  # the store with the most goods
        carts = {size: {**at, "Cart-Id": f"00000000-0000-4000-8000-{size:012d}"} for size in sizes}
        pages = [self.platform.json("/api/v1/products?limit=100", **at)]
        while pages[-1]["next"] and len(pages) < 3:
            pages.append(self.platform.json(f"/api/v1/products?limit=100&cursor={pages[-1]['next']}", **at))
        variants = [item["variants"][0]["id"] for page in pages for item in page["items"]]
        for size, named in carts.items():
            lines = [{"variant_id": variant_id} for variant_id in variants[:size]]
            self.platform.client.post(f"{path}/lines", json={"lines": lines}, headers=named).raise_for_status()
        for what, method, to, body in (
            ("shown", "GET", path, None),
            ("quantity set", "PUT", f"{path}/items/{variants[0]}", {"quantity": 1}),
        ):
            took: dict[int, list[float]] = {size: [] for size in sizes}
            for turn in range(100 * self.short):
                for size, named in carts.items():
                    sent = body and {"quantity": turn % 2 + 1}
                    began = time.perf_counter()
                    self.platform.client.request(method, to, json=sent, headers=named).raise_for_status()
                    took[size].append(1000 * (time.perf_counter() - began))
            usual, full = (statistics.median(took[size]) for size in sizes)
            self.rows.append(
                Row(
                    f"cart of 200 lines {what}",
                    f"{full:.1f} ms",
                    f"of 3 lines {usual:.1f} ms",
                    f"{full / usual:.2f}",
                    "2",
                )
            )

    def search(self) -> None:
        self.rows += [Row(*row) for row in asyncio.run(search.measure(self.platform, 2 * self.short))]
        self.rows.append(Row("memory, after searches", self.platform.memory_told()))

    def logins(self) -> None:
        people = content.people().stores["atlantic"].shoppers
        logins = [{"email": person.email, "password": DEMO_PASSWORD} for person in people]
        seen = rush(self.platform.url, HOST, logins, "/api/v1/products", seconds=2 * self.short, per_second=100)
        at_rest, in_rush = percentile(seen.page_at_rest, 95), percentile(seen.page_in_rush, 95)
        refused = percentile(seen.refused, 99)
        told = "" if not (seen.other or seen.without_retry_after) else f", {len(seen.other)} others: {set(seen.other)}"
        self.rows += [
            Row(
                "logins at 100/s: signed in",
                f"{len(seen.done) / (2 * self.short):.0f}/s, p95 {percentile(seen.done, 95):.0f} ms",
            ),
            Row(
                "  503 at once",
                f"{len(seen.refused) / (2 * self.short):.0f}/s, p99 {refused:.0f} ms{told}",
                goal="100 ms",
            ),
            Row(
                "  a list beside them, p95",
                f"{in_rush:.0f} ms",
                f"at rest {at_rest:.0f} ms",
                f"{in_rush / at_rest:.2f}",
            ),
        ]

    def clicks(self) -> None:
        self.rows += [Row(*row) for row in clicks.measure(self.platform, self.long, self.platform.admin_url())]
        self.rows.append(Row("memory, after clicks", self.platform.memory_told()))

    def stores(self) -> None:
        self.rows += [Row(*row) for row in many_stores.measure(self.platform, self.short)]

    def orders(self) -> None:
        url = self.platform.url + "/api/v1/orders"
        admin_url = self.platform.admin_url()
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as bodies:
            bodies.write("\n".join(self.platform.order_bodies()) + "\n")
            bodies.flush()
            environ = {"BENCH_HOST": HOST, "BENCH_BODIES": bodies.name}
            wrk(url, "orders.lua", seconds=5, connections=8, BENCH_RUN=f"warm{time.time()}", **environ)
            time.sleep(3)
            since = _now()
            wrk(url, "orders.lua", seconds=self.long, connections=50, BENCH_DELAY_MS="1000",
                BENCH_RUN=f"paced{time.time()}", **environ)  # fmt: skip
            time.sleep(3)
            seen = latencies(admin_url, since)
            for name, goal in (("p50", ""), ("p95", "150 ms"), ("p99", "")):
                self.rows.append(
                    Row(
                        f"create to CONFIRMED at {seen['placed'] / self.long:.0f}/s, {name}",
                        f"{seen[name]:.0f} ms",
                        goal=goal,
                    )
                )
            since = _now()
            load = wrk(url, "orders.lua", seconds=self.long, connections=16, BENCH_RUN=f"full{time.time()}", **environ)
            at_end = latencies(admin_url, since)
            time.sleep(10)
            drained = latencies(admin_url, since)
        limit = pgbench(admin_url, seconds=self.short, clients=8)
        rate = at_end["confirmed"] / self.long
        self.rows.append(
            Row(
                f"orders CONFIRMED, {self.long} s",
                f"{rate:.0f}/s",
                f"pgbench {limit:.0f}/s",
                f"{rate / limit:.2f}",
                "250/s",
            )
        )
        self.rows.append(
            Row(
                "  placed / errors / open 10 s later",
                f"{load.requests} / {load.errors} / {drained['placed'] - drained['confirmed']:.0f}",
            )
        )

    def _against_bare(self, what: str, got: Load, body: bytes, script: str, goal: str, **environ: str) -> None:
        """The limit: the same bytes from an ASGI app that does nothing else, on the same server."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            port = self.platform.port + 1
            bare = subprocess.Popen(
                [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
                 "--no-ws", "--log-level", "error", "bench.limits:app"],
                env={**os.environ, "BENCH_BODY": file.name},
            )  # fmt: skip
            try:
                time.sleep(2)
                environ = {"BENCH_HOST": HOST, **environ}
                limit = wrk(f"http://127.0.0.1:{port}/", script, seconds=self.short, connections=32, **environ)
            finally:
                bare.terminate()
                bare.wait(10)
        note = f", {got.errors} errors" if got.errors else ""
        self.rows.append(
            Row(
                what,
                f"{got.per_second:,.0f}/s, p99 {got.p99_ms:.0f} ms{note}",
                f"bare {limit.per_second:,.0f}/s",
                f"{got.per_second / limit.per_second:.2f}",
                goal,
            )
        )

    def _variants(self) -> list[str]:
        items = self.platform.json("/api/v1/products?limit=50")["items"]
        return [variant["id"] for item in items for variant in item["variants"] if variant["available"] > 0]

    def table(self) -> str:
        head = Row("figure", "measured", "limit", "ratio", "goal")
        rows = [head, *self.rows]
        columns = [[getattr(row, name) for row in rows] for name in ("what", "value", "limit", "ratio", "goal")]
        widths = [max(map(len, column)) for column in columns]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
                 for cells in zip(*columns, strict=True)]  # fmt: skip
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


PARTS = ("reads", "cart", "logins", "orders", "search", "clicks", "stores")
CART = "00000000-0000-4000-8000-00000000beef"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--only", choices=PARTS)
    options.add_argument("--port", type=int, default=8700)
    chosen = options.parse_args()
    bench = Bench(chosen.port, quick=chosen.quick)
    cores = os.cpu_count()
    print(
        f"Python {sys.version.split()[0]} ({machine.python_compiler()}), {cores} cores, load generator on the same machine"
    )
    bench.run(chosen.only)
    print(bench.table())


if __name__ == "__main__":
    main()
