"""The gateway's configuration, made from the routes the services declare: for Caddy."""

import re
from collections.abc import Mapping, Sequence

from litestar.handlers import HTTPRouteHandler

from tradehall.kernel.service import Service

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

    With `tls` the gateway gets a certificate for each host when it is first asked for there, after asking the stores
    service whether a store is found at that name.
    """
    ask = f"\ton_demand_tls {{\n\t\task http://{inside}/api/v1/platform/hosts\n\t}}\n" if tls else "\tauto_https off\n"
    scheme = "https" if tls else "http"
    return "\n".join(
        [
            f"{{\n\tadmin off\n{ask}\tlog {{\n\t\tlevel WARN\n\t}}\n}}",
            "(services) {",
            *(_route(service, upstreams[service.name]) for service in services if service.name != "web"),
            f"\thandle {{\n\t\treverse_proxy {upstreams['web']}\n\t}}",
            "}",
            f"{scheme}://{listen.removeprefix('127.0.0.1')} {{",
            *(["\ttls {\n\t\ton_demand\n\t}"] if tls else []),
            *(["\tbind 127.0.0.1"] if listen.startswith("127.0.0.1") else []),
            "\t@inside path /internal/* /metrics\n\trespond @inside 404",
            "\trequest_header -X-User-Id\n\trequest_header -X-Store-Id\n\trequest_header -X-Roles",
            "\timport services\n}",
            f"http://{inside.removeprefix('127.0.0.1')} {{\n\tbind 127.0.0.1\n\timport services\n}}",
            "",
        ]
    )


def _route(service: Service, upstream: str) -> str:
    regexp = "|".join(patterns(service))
    return (
        f"\t@{service.name} path_regexp ^({regexp})$\n\thandle @{service.name} {{\n"
        f"\t\treverse_proxy {upstream} {{\n\t\t\tlb_try_duration 5s\n\t\t}}\n\t}}"
    )
