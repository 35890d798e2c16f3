"""The gateway's configuration, made from the routes the services declare: for Caddy."""

import re
from collections.abc import Mapping, Sequence

import msgspec
from litestar.handlers import HTTPRouteHandler

from tradehall.kernel.problems import MEDIA_TYPE, Problem
from tradehall.kernel.service import Service

_AWAY, _AGAIN = "Not there for the moment", "Try again in a few seconds. Nothing of what you did before is lost."
_STYLE = "<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}</style>"
_IDLE = "20s"  # Granian's header_read_timeout is 30 s
_PARAMETER = re.compile(r"\{[^}:]+(?::([a-z]+))?\}")


def patterns(service: Service) -> list[str]:
    """A regular expression for every path the service answers, without those every process has."""
    paths = {path for handler in service.all_routes if isinstance(handler, HTTPRouteHandler) for path in handler.paths}
    return sorted(_pattern(path) for path in paths)


def _pattern(path: str) -> str:
    parts = []
    end = 0
    for match in _PARAMETER.finditer(path):
        parts.append(re.escape(path[end : match.start()]))
        parts.append(".+" if match.group(1) == "path" else "[^/]+")
        end = match.end()
    return "".join(parts) + re.escape(path[end:])


def caddyfile(
    services: Sequence[Service], upstreams: Mapping[str, str], *, listen: str, inside: str, tls: bool = False
) -> str:
    """`listen` is open to the world and hides /internal and /metrics; `inside` is for the services themselves.

    Inside, what a service says of where its own caller comes from is passed on. With `tls` the gateway gets a certificate
    for each host when it is first asked for there, after asking the stores service whether a store is found at that name.
    """
    ask = f"\ton_demand_tls {{\n\t\task http://{inside}/api/v1/platform/hosts\n\t}}\n" if tls else "\tauto_https off\n"
    scheme = "https" if tls else "http"
    return "\n".join(
        [
            f"{{\n\tadmin off\n{ask}\tlog {{\n\t\tlevel WARN\n\t}}\n}}",
            f"{scheme}://{listen.removeprefix('127.0.0.1')} {{",
            *(["\ttls {\n\t\ton_demand\n\t}"] if tls else []),
            *(["\tbind 127.0.0.1"] if listen.startswith("127.0.0.1") else []),
            "\t@inside path /internal/* /metrics\n\trespond @inside 404",
            "\trequest_header -X-User-Id\n\trequest_header -X-Store-Id\n\trequest_header -X-Roles",
            *_routes(services, upstreams),
            _errors(),
            f"}}\nhttp://{inside.removeprefix('127.0.0.1')} {{\n\tbind 127.0.0.1",
            *_routes(services, upstreams, "\n\t\t\ttrusted_proxies private_ranges"),
            "}\n",
        ]
    )


def _routes(services: Sequence[Service], upstreams: Mapping[str, str], option: str = "") -> list[str]:
    """`option` of each proxy."""
    routes = [_route(service, upstreams[service.name], option) for service in services if service.name != "web"]
    return [*routes, f"\thandle {{\n{_proxy(upstreams['web'])}\n\t}}"]


def _route(service: Service, upstream: str, option: str) -> str:
    regexp = "|".join(patterns(service))
    return f"\t@{service.name} path_regexp ^({regexp})$\n\thandle @{service.name} {{\n{_proxy(upstream, option)}\n\t}}"


def _proxy(upstream: str, option: str = "") -> str:
    """Where nobody listens, it is tried again: nothing was sent. Idle connections are let go before the service does,
    which would be in the way of what is sent just then."""
    rest = f"lb_try_duration 5s\n\t\t\ttransport http {{\n\t\t\t\tkeepalive {_IDLE}\n\t\t\t}}{option}"
    return f"\t\treverse_proxy {upstream} {{\n\t\t\t{rest}\n\t\t}}"


def _errors() -> str:
    """Of a service that starts anew and is gone for longer than a request waits: programs are told so as problem+json,
    people on a page."""
    problem = msgspec.json.encode(Problem(type="service-away", title=_AWAY, status=502, detail=_AGAIN)).decode()
    page = f"<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>{_AWAY}</title>{_STYLE}<h1>{_AWAY}</h1><p>{_AGAIN}"
    return f"""\thandle_errors {{
\t\t@away expression {{http.error.status_code}} == 502
\t\thandle @away {{
\t\t\theader Retry-After 2
\t\t\theader Cache-Control no-store
\t\t\t@program path /api/* /.well-known/*
\t\t\thandle @program {{
\t\t\t\theader Content-Type {MEDIA_TYPE}
\t\t\t\trespond `{problem}` 502
\t\t\t}}
\t\t\thandle {{
\t\t\t\theader Content-Type "text/html; charset=utf-8"
\t\t\t\trespond `{page}` 502
\t\t\t}}
\t\t}}
\t}}"""
