"""The root: a list of services -> one ASGI app. Which of them run here is a setting of the process."""

import gc
import os
from importlib import import_module

from litestar.types import ASGIApp

from tradehall.kernel import heap, telemetry
from tradehall.kernel import settings as config
from tradehall.kernel.http import build_app
from tradehall.kernel.runtime import Running, process_name
from tradehall.kernel.service import Service
from tradehall.launch import ALL, CHOICE, SERVICES, WEB, watch_parent

__all__ = ["SERVICES", "create", "load"]


def load(names: list[str]) -> list[Service]:
    """Raises ValueError for a name that is no service."""
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        raise ValueError(f"no such service: {', '.join(unknown)}; there are {', '.join(ALL)}")
    packages = {name: f"tradehall.services.{name}" for name in SERVICES} | {WEB: "tradehall.web"}
    return [import_module(packages[name]).service for name in names]


def create() -> ASGIApp:
    """For the HTTP server's worker: settings and the choice of services come from the environment."""
    heap.give_back()
    chosen = os.environ.get(CHOICE, "")
    services = load(chosen.split(",") if chosen else list(ALL))
    watch_parent()
    settings = config.with_secret(config.load())
    name = process_name(services)
    telemetry.configure_logs(settings.log_level, settings.log_format)
    telemetry.configure_traces(name, telemetry.otlp_exporter(settings.otlp_endpoint))
    running = Running(settings, services, name, installed=SERVICES)
    app = build_app(running, described=lambda: load(list(ALL)))
    # What is loaded by now stays: the collector need not look at it again and again, nor at each request's objects.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return app
