"""Settings: typed, from the environment and `.env`, all problems at once, secrets never shown."""

import os
import threading
from pathlib import Path

import msgspec
import pytest

from tradehall.kernel import settings as config
from tradehall.kernel.settings import Settings, SettingsError


def test_defaults_need_no_environment(tmp_path: Path) -> None:
    assert config.load({}, tmp_path / ".env") == Settings()


def test_values_are_typed(tmp_path: Path) -> None:
    found = config.load(
        {"TRADEHALL_PORT": "9000", "TRADEHALL_DEMO": "false", "TRADEHALL_RETRY_BASE_SECONDS": "0.5", "PATH": "/bin"},
        tmp_path / ".env",
    )
    assert (found.port, found.demo, found.retry_base_seconds) == (9000, False, 0.5)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as failure:
        config.load(
            {
                "TRADEHALL_PORT": "70000",
                "TRADEHALL_PROT": "1",
                "TRADEHALL_LOG_LEVEL": "loud",
                "TRADEHALL_DEMO": "perhaps",
                "TRADEHALL_STREAM": "a.b",
            },
            tmp_path / ".env",
        )
    problems = failure.value.problems
    assert len(problems) == 5
    for name in ("PORT", "PROT", "LOG_LEVEL", "DEMO", "STREAM"):
        assert sum(problem.startswith(f"TRADEHALL_{name}:") for problem in problems) == 1
        assert f"TRADEHALL_{name}" in str(failure.value)


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TRADEHALL_PORT=1\nTRADEHALL_HOST=0.0.0.0\n")
    found = config.load({"TRADEHALL_PORT": "2"}, file)
    assert (found.port, found.host) == (2, "0.0.0.0")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("  A = b  ", "b"),
        ("export A=b", "b"),
        ('A="b c"', "b c"),
        ("A='b c'", "b c"),
        ("A=b # why", "b"),
        ("A=b#c", "b#c"),
        ('A="b # c" # why', "b # c"),
        ("A='b\"c'", 'b"c'),
        ('A=b"', 'b"'),
        ("A=postgres://u:p@h/d?a=b", "postgres://u:p@h/d?a=b"),
        ("A=", ""),
        ('A=""', ""),
        ("A=# why", ""),
        ("\ufeffA=b", "b"),
        ("A=b\r", "b"),
    ],
)
def test_line_of_the_file_is_read(tmp_path: Path, line: str, value: str) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{line}\n\n# a comment\nnonsense\n#B=c\n=d\n", encoding="utf-8")
    assert config.read_env_file(file) == {"A": value}


def test_secrets_are_not_shown_wherever_they_stand() -> None:
    hidden = {}
    for field in msgspec.structs.fields(Settings):
        if field.name.endswith(("_url", "_endpoint")):
            hidden[field.name] = "s3://id:s3cret@host/x" if field.name == "files_url" else "https://user:s3cret@host/x"
        elif "secret" in field.name or "password" in field.name:
            hidden[field.name] = "s3cret"
    assert len(hidden) >= 6
    shown = Settings(**hidden).masked()
    assert "s3cret" not in str(shown)
    assert shown["TRADEHALL_PORT"] == "8000"
    assert "host" in shown["TRADEHALL_DATABASE_URL"]
    assert set(shown) == {config.PREFIX + name.upper() for name in Settings.__struct_fields__}


def test_password_among_an_urls_parameters_is_not_shown() -> None:
    shown = Settings(database_url="postgres:///d?host=/run&user=u&password=s3cret&sslmode=require").masked()
    assert "s3cret" not in str(shown)
    assert "sslmode=require" in shown["TRADEHALL_DATABASE_URL"]


@pytest.mark.parametrize("name", ["FILES_URL", "CARTS_URL"])
def test_problem_with_a_secret_does_not_tell_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as failure:
        config.load({f"TRADEHALL_{name}": "ftp://u:s3cret@h"}, tmp_path / ".env")
    assert "s3cret" not in str(failure.value)


def test_secret_is_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"))
    made = config.with_secret(settings).secret
    assert len(made) >= 32
    assert config.with_secret(settings).secret == made
    assert oct((tmp_path / "data/secret").stat().st_mode & 0o777) == "0o600"
    assert config.with_secret(msgspec.structs.replace(settings, secret="own")).secret == "own"


def test_processes_that_start_together_agree_on_the_secret(tmp_path: Path) -> None:
    settings = Settings(data=str(tmp_path / "data"))
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(config.with_secret(settings).secret)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert found[0]


def test_empty_secret_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    with pytest.raises(SettingsError, match="secret"):
        config.with_secret(Settings(data=str(tmp_path)))


def test_child_process_gets_the_same_settings(tmp_path: Path) -> None:
    given = Settings(port=9000, demo=False, secret="s", retry_base_seconds=0.5, data=os.fspath(tmp_path))
    assert config.load(config.to_environ(given), tmp_path / ".env") == given
