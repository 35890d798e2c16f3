import asyncio
import threading

from tests.harness import Alone, eventually
from tests.services.identity.people import PASSWORD, an_email, login, register
from tradehall.services.identity import model
from tradehall.services.identity.passwords import passwords

SERVICE = "identity"


async def fail(it: Alone, email: str, times: int) -> list[int]:
    return [(await login(it, email, "wrong password")).status_code for _ in range(times)]


async def test_five_failures_in_a_row_lock_for_a_quarter_of_an_hour(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    assert await fail(it, email, 5) == [401] * 5
    answer = await login(it, email)
    assert (answer.status_code, answer.json()["type"]) == (429, "locked")
    assert 890 <= int(answer.headers["retry-after"]) <= 900


async def test_an_address_without_account_locks_alike(it: Alone) -> None:
    email = an_email()
    assert await fail(it, email, 6) == [401] * 5 + [429]


async def test_the_lock_opens_by_itself_and_counts_anew(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    await fail(it, email, 5)
    await it.sql(
        "UPDATE login_failures SET locked_until = now() - interval '1 second' WHERE email_digest = $1",
        model.digest(email),
    )
    assert await fail(it, email, 4) == [401] * 4
    assert (await login(it, email)).status_code == 200


async def test_a_success_ends_the_row(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    for _ in range(2):
        assert await fail(it, email, 4) == [401] * 4
        assert (await login(it, email)).status_code == 200
    assert not await it.sql("SELECT 1 FROM login_failures WHERE email_digest = $1", model.digest(email))


async def test_a_lock_is_of_one_store(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    await register(it, email=email, store=it.other)
    await fail(it, email, 5)
    there = it.client(store=it.other)
    answer = await there.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200


async def test_guesses_at_once_get_no_more_tries_than_one_by_one(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    guesses = [f"wrong password {n}" for n in range(14)] + [PASSWORD]
    answers = [a.status_code for a in await asyncio.gather(*(login(it, email, guess) for guess in guesses))]
    assert answers.count(401) == 5
    assert answers.count(429) >= 9
    assert answers[-1] == 429, "the right password came after the fifth wrong one"


async def test_old_failures_are_forgotten(it: Alone) -> None:
    forgotten = an_email()
    await fail(it, forgotten, 1)
    await it.sql("UPDATE login_failures SET last_at = now() - interval '25 hours'")
    await fail(it, an_email(), 1)
    assert not await it.sql("SELECT 1 FROM login_failures WHERE email_digest = $1", model.digest(forgotten))


async def test_a_full_pool_refuses_at_once_while_other_routes_answer(it: Alone) -> None:
    user = await register(it)
    settings, gate = it.running.settings, threading.Event()
    room = settings.hash_threads + settings.hash_queue
    held = [asyncio.create_task(passwords(settings).run(gate.wait)) for _ in range(room)]
    await asyncio.sleep(0)
    try:
        for answer in (
            await login(it, user["user"]["email"]),
            await login(it, an_email()),
            await it.client().post(
                "/api/v1/auth/register", json={"email": an_email(), "password": PASSWORD, "name": "Ada"}
            ),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        refreshed = await it.client().post("/api/v1/auth/refresh", json={"refresh_token": user["refresh_token"]})
        assert refreshed.status_code == 200
    finally:
        gate.set()
        await asyncio.gather(*held)
    assert (await login(it, user["user"]["email"])).status_code == 200


async def test_a_caller_who_left_frees_the_place(it: Alone) -> None:
    pool = passwords(it.running.settings)
    room = it.running.settings.hash_threads + it.running.settings.hash_queue
    for _ in range(3):
        gone = [asyncio.create_task(pool.hash("a password")) for _ in range(room)]
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)

        async def is_free() -> bool:
            """Once the hashes that were under way are done: there is room for as many as ever."""
            found = await asyncio.gather(*(pool.hash("a password") for _ in range(room)), return_exceptions=True)
            return all(isinstance(one, str) and one.startswith("$argon2id$") for one in found)

        await eventually(is_free, 30)
