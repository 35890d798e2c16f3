"""A launcher to be killed: starts the servers, prints their URLs, stops them after a line or a Ctrl-C.

With a user's name it becomes that user first. All is imported before: the interpreter may be closed to him.
"""

import asyncio
import encodings.idna  # noqa: F401
import json
import os
import pwd
import select
import signal
import sys
from pathlib import Path

import asyncpg

from tradehall.kernel.embedded import EmbeddedError, nats, postgres, start


async def answer(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT 42"))
    finally:
        await connection.close()


def main(data: str, user: str | None = None) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
    if user is not None:
        entry = pwd.getpwnam(user)
        postgres._wheel(), nats._program()  # these import on demand
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
        os.environ.update(HOME=data, USER=user)
    try:
        embedded = start(Path(data))
    except EmbeddedError as error:
        sys.exit(str(error))
    try:
        print(json.dumps([embedded.database_url, embedded.nats_url]), flush=True)
        while not select.select([sys.stdin], [], [], 0.1)[0]:
            pass  # a Ctrl-C just before a read that blocks would be heard after it only
        sys.stdin.readline()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    print(asyncio.run(answer(embedded.database_url)), flush=True)
    embedded.stop()
    print("stopped", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
