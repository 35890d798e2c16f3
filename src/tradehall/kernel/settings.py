"""Settings from the environment and `.env`, typed; every problem is reported at once.

Names are the fields in upper case behind `TRADEHALL_`. The environment wins over the file.
"""

import contextlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

PREFIX = "TRADEHALL_"
SECRET_FIELDS = frozenset({"secret", "smtp_password", "sms_token", "meilisearch_key"})
NOT_SETTINGS = frozenset(
    {"TRADEHALL_SERVICES", "TRADEHALL_CHROMIUM", "TRADEHALL_WRK", "TRADEHALL_REDIS", "TRADEHALL_STRIPE_MOCK"}
)  # read by others
URL_FIELDS = frozenset(
    {
        "database_url",
        "nats_url",
        "carts_url",
        "smtp_url",
        "files_url",
        "peers_url",
        "otlp_endpoint",
        "stripe_url",
        "xendit_url",
        "midtrans_url",
        "paypal_url",
        "pagarme_url",
        "sms_url",
        "clickhouse_url",
        "meilisearch_url",
    }
)

Port = Annotated[int, Meta(ge=1, le=65535)]


class SettingsError(Exception):
    """`problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("settings:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    data: str = ".tradehall"
    host: str = "127.0.0.1"
    port: Port = 8000
    platform_domain: str = "localhost"
    default_store: str = "atlantic"
    database_url: str = ""
    database_prefix: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,30}$")] = "tradehall"
    pool_size: Annotated[int, Meta(ge=1, le=200)] = 4
    nats_url: str = ""
    carts_url: Annotated[str, Meta(pattern="^((redis|rediss|unix)://.+)?$")] = ""
    files_url: Annotated[str, Meta(pattern="^(s3://.+)?$")] = ""
    search_model: Literal["wordllama", "minilm", "none"] = "wordllama"
    meilisearch_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    meilisearch_key: str = ""
    stream: Annotated[str, Meta(pattern="^[A-Za-z0-9_]{1,40}$")] = "tradehall"
    secret: str = ""
    peers_url: str = ""
    migrate: bool = True
    caddy: str = "caddy"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "plain"] = "plain"
    otlp_endpoint: str = ""
    dns_resolver: Annotated[str, Meta(pattern=r"^([0-9.]+(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?)?$")] = ""
    smtp_url: str = ""
    smtp_password: str = ""
    mail_from: str = "shop@tradehall.example"
    sms_url: Annotated[str, Meta(pattern="^https?://.+$")] = "https://api.twilio.com"
    sms_account: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{0,64}$")] = ""
    sms_token: str = ""
    sms_from: Annotated[str, Meta(max_length=40)] = ""
    push_services: str = (
        "fcm.googleapis.com *.push.services.mozilla.com *.push.apple.com *.notify.windows.com"  # where browsers' are
    )
    secure_cookies: bool = False
    retry_attempts: Annotated[int, Meta(ge=1, le=20)] = 6
    retry_base_seconds: Annotated[float, Meta(gt=0, le=60)] = 0.2
    # A rush of logins leaves the other half of the processors alone, and with it everybody's pages as fast as they are.
    hash_threads: Annotated[int, Meta(ge=1, le=64)] = max(1, (os.cpu_count() or 1) // 2)
    hash_queue: Annotated[int, Meta(ge=0, le=1000)] = 16
    private_issuers: bool = False
    private_carriers: bool = False
    clickhouse_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    clicks_kept_days: Annotated[int, Meta(ge=1, le=3650)] = 90
    stripe_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    xendit_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    midtrans_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    paypal_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    pagarme_url: Annotated[str, Meta(pattern="^(https?://.+)?$")] = ""
    demo: bool = True

    @property
    def data_path(self) -> Path:
        return Path(self.data).expanduser().resolve()

    def masked(self) -> dict[str, str]:
        """For printing: secrets are starred, passwords in URLs too."""
        shown: dict[str, str] = {}
        for name in self.__struct_fields__:
            value = str(getattr(self, name))
            if name in SECRET_FIELDS and value:
                value = "***"
            elif name in URL_FIELDS:
                value = re.sub("://[^/]*@", "://***@", value)
                value = re.sub(r"(?i)([?&][^=&]*(?:password|secret|token|key)[^=&]*=)[^&]*", r"\1***", value)
            shown[PREFIX + name.upper()] = value
        return shown


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines; # behind a space starts a comment; quotes around a value are taken off."""
    found: dict[str, str] = {}
    if not path.is_file():
        return found
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and name and not name.startswith("#"):
            found[name.strip()] = _bare(value.strip())
    return found


def _bare(value: str) -> str:
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        return value[1:end]
    return "" if value.startswith("#") else value.partition(" #")[0].rstrip()


def load(environ: dict[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """Raises SettingsError with all problems: unknown names, wrong types, values out of range."""
    environ = dict(os.environ) if environ is None else environ
    named = {**read_env_file(env_file or Path(".env")), **environ}
    fields = {PREFIX + field.name.upper(): field for field in msgspec.structs.fields(Settings)}
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, raw in sorted(named.items()):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        field = fields.get(name)
        if field is None:
            problems.append(f"{name}: there is no such setting")
            continue
        try:
            values[field.name] = msgspec.convert(raw, field.type, strict=False)
        except msgspec.ValidationError as error:
            shown = "" if field.name in SECRET_FIELDS | URL_FIELDS else f" (it is {raw!r})"
            problems.append(f"{name}: {error}{shown}")
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def with_secret(settings: Settings) -> Settings:
    """The installation's secret: from the settings, else kept in the data folder, made on first use."""
    if settings.secret:
        return settings
    path = settings.data_path / "secret"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):  # another process was quicker: its secret is the one
            os.link(fresh, path)
        os.unlink(fresh)
    secret = path.read_text().strip()
    if not secret:
        raise SettingsError([f"{path} is empty; remove it, or put the installation's secret into it"])
    return msgspec.structs.replace(settings, secret=secret)


def to_environ(settings: Settings) -> dict[str, str]:
    """For child processes: what differs from the defaults."""
    defaults = Settings()
    return {
        PREFIX + name.upper(): str(getattr(settings, name))
        for name in settings.__struct_fields__
        if getattr(settings, name) != getattr(defaults, name)
    }
