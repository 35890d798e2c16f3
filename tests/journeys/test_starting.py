"""What the program says when it cannot start."""

import socket

import pytest

from tests.journeys.program import Program


@pytest.fixture
def program(alone: list[Program]) -> Program:
    program = Program(demo=False)
    alone.append(program)
    return program


def test_taken_port_is_named(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", program.port))
        taken.listen()
        said = program.run("up", "--no-demo", "--port", str(program.port))
    assert said.returncode == 1
    assert f"127.0.0.1:{program.port}" in said.stderr
    assert "TRADEHALL_PORT" in said.stderr
    assert "Traceback" not in said.stderr


def test_all_wrong_settings_are_named_at_once(program: Program) -> None:
    program.environ |= {"TRADEHALL_PORT": "eighty", "TRADEHALL_POOL_SIZE": "0", "TRADEHALL_COLOUR": "red"}
    said = program.run("up")
    assert said.returncode == 1
    for name in ("TRADEHALL_PORT", "TRADEHALL_POOL_SIZE", "TRADEHALL_COLOUR"):
        assert name in said.stderr
    assert "Traceback" not in said.stderr


def test_folder_that_cannot_be_used_is_named(program: Program) -> None:
    program.folder.joinpath("file").write_text("in the way")
    program.environ["TRADEHALL_DATA"] = str(program.folder / "file")
    said = program.run("up", "--no-demo", "--port", str(program.port))
    assert said.returncode == 1
    assert str(program.folder / "file") in said.stderr
    assert "Traceback" not in said.stderr


def test_second_start_on_the_same_folder_says_so(program: Program) -> None:
    program.start().wait_ready()
    said = program.run("up", "--no-demo", "--port", str(program.port + 1))
    assert said.returncode == 1
    assert "already running" in said.stderr
    assert program.stop() == 0


def test_configuration_shows_no_secret(program: Program) -> None:
    program.environ["TRADEHALL_SECRET"] = "a-secret-of-sufficient-length-0123"
    said = program.run("config")
    assert said.returncode == 0
    assert "a-secret" not in said.stdout
    assert f"TRADEHALL_DATA={program.data}" in said.stdout
