import asyncio
from typing import Any

import httpx
import pytest

from tests.harness import Alone, eventually
from tests.services.identity.mailed import a_minute_later, another, code_of, sent
from tests.services.identity.people import PASSWORD, an_email, login, register, signed_in, told
from tradehall.contracts.identity import SessionEnded, UserCodeIssued
from tradehall.contracts.stores import Store
from tradehall.kernel.sealing import Sealed, unseal
from tradehall.services.identity import codes, model
from tradehall.services.identity.operators import ensure_operator
from tradehall.services.identity.passwords import Passwords

SERVICE = "identity"
NEW = "another horse, another battery"
RESET = "password_reset"


async def forgot(it: Alone, email: str, *, store: Store | None = None) -> httpx.Response:
    """Asks, and waits until that is dealt with."""
    store, subject = store or it.store, model.digest(email)
    answer = await it.client(store=store).post("/api/v1/auth/password/forgot", json={"email": email})
    await eventually(lambda: it.sql("SELECT 1 FROM codes WHERE subject = $1", subject, store=store))
    return answer


async def reset(it: Alone, email: str, code: str, password: str = NEW, *, store: Store | None = None) -> httpx.Response:
    body = {"email": email, "code": code, "password": password}
    return await it.client(store=store).post("/api/v1/auth/password/reset", json=body)


def said(answer: httpx.Response) -> tuple[int, dict[str, Any]]:
    """All that a guesser sees, but for what differs from one request to the next."""
    return answer.status_code, answer.json() | {"correlation_id": ""}


async def someone_who_forgot(it: Alone) -> tuple[str, str]:
    email = (await register(it))["user"]["email"]
    await forgot(it, email)
    return email, await code_of(it, email, RESET)


async def test_a_mailed_code_sets_a_new_password(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    assert (await reset(it, email, code)).status_code == 204
    assert (await login(it, email)).status_code == 401
    assert (await login(it, email, NEW)).status_code == 200


async def test_a_reset_ends_all_sessions_at_once(it: Alone) -> None:
    first = await register(it)
    email = first["user"]["email"]
    second = (await login(it, email)).json()
    await forgot(it, email)
    assert (await reset(it, email, await code_of(it, email, RESET))).status_code == 204
    for tokens in (first, second):
        client = signed_in(it, tokens)
        assert (await client.get("/api/v1/me")).status_code == 401
        renewed = await it.client().post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert renewed.status_code == 401
    ended = {row["id"] for row in await it.sql("SELECT id FROM sessions")}
    assert len([e for e in await it.published(SessionEnded) if e.session_id not in ended]) >= 2


async def test_a_reset_leaves_the_sessions_of_others(it: Alone) -> None:
    other = await register(it)
    email, code = await someone_who_forgot(it)
    await reset(it, email, code)
    assert (await signed_in(it, other).get("/api/v1/me")).status_code == 200


async def test_a_login_under_way_with_the_old_password_fails(it: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    email, code = await someone_who_forgot(it)
    verify = Passwords.verify

    async def slow(self: Passwords, password_hash: str | None, password: str) -> bool:
        right = await verify(self, password_hash, password)
        assert (await reset(it, email, code)).status_code == 204
        return right

    monkeypatch.setattr(Passwords, "verify", slow)
    assert (await login(it, email)).status_code == 401
    assert not await it.sql("SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1", email)


async def test_a_code_works_once(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    await reset(it, email, code)
    answer = await reset(it, email, code, PASSWORD)
    assert (answer.status_code, answer.json()["type"]) == (422, "wrong-code")
    assert (await login(it, email, NEW)).status_code == 200


async def test_of_resets_at_once_exactly_one_wins(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    answers = await asyncio.gather(*(reset(it, email, code, f"{NEW} {n}") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [204, 422, 422, 422]


async def test_a_code_expires_after_half_an_hour(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    (row,) = await it.sql("SELECT expires_at - issued_at AS life FROM codes WHERE subject = $1", model.digest(email))
    assert row["life"].total_seconds() == 1800
    await it.sql("UPDATE codes SET issued_at = issued_at - interval '1 hour', expires_at = now()")
    assert (await reset(it, email, code)).status_code == 422


async def test_the_sixth_try_is_too_late_even_with_the_right_code(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    wrong = another(code)
    assert [(await reset(it, email, wrong)).status_code for _ in range(5)] == [422] * 5
    assert (await reset(it, email, code)).status_code == 422
    assert (await login(it, email)).status_code == 200


async def test_the_fifth_try_may_be_right(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    assert [(await reset(it, email, another(code))).status_code for _ in range(4)] == [422] * 4
    assert (await reset(it, email, code)).status_code == 204


async def test_guesses_at_once_get_no_more_tries_than_one_by_one(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    guesses = [f"{(int(code) + n) % 10**6:06d}" for n in range(1, 12)]
    await asyncio.gather(*(reset(it, email, guess) for guess in guesses))
    (row,) = await it.sql("SELECT tries FROM codes WHERE subject = $1", model.digest(email))
    assert row["tries"] == 5
    assert (await reset(it, email, code)).status_code == 422


async def test_whatever_is_wrong_is_answered_alike(it: Alone) -> None:
    """Wrong, expired, used up, never asked for, no such account."""
    unasked, nobody, stranger = (await register(it))["user"]["email"], an_email(), an_email()
    await forgot(it, stranger)
    wrong, code = await someone_who_forgot(it)
    expired, old = await someone_who_forgot(it)
    await it.sql("UPDATE codes SET issued_at = issued_at - interval '1 hour', expires_at = now() WHERE subject = $1",
                 model.digest(expired))  # fmt: skip
    used, once = await someone_who_forgot(it)
    await reset(it, used, once)
    answers = [
        await reset(it, wrong, another(code)),
        await reset(it, expired, old),
        await reset(it, used, once),
        await reset(it, unasked, "123456"),
        await reset(it, nobody, "123456"),
        await reset(it, stranger, "123456"),
    ]
    first = said(answers[0])
    assert first[0] == 422
    assert [e["field"] for e in first[1]["errors"]] == ["code"]
    assert [said(answer) for answer in answers] == [first] * len(answers)


async def test_asking_is_answered_alike_with_and_without_account(it: Alone) -> None:
    known, unknown = (await register(it))["user"]["email"], an_email()
    answers = [await forgot(it, email) for email in (known, unknown, known, unknown)]
    assert {(a.status_code, a.content) for a in answers} == {(202, answers[0].content)}
    assert len({tuple(sorted(a.headers)) for a in answers}) == 1
    assert await code_of(it, known, RESET)
    assert sent(it, unknown, RESET) == []


async def test_who_asks_waits_for_nothing_that_depends_on_the_account(
    it: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No clock in this test: the request itself does not look the account up, nor makes a code."""
    email = (await register(it))["user"]["email"]
    held = asyncio.Event()
    issue = codes.issue

    async def stuck(*args: Any, **kwargs: Any) -> bool:
        await held.wait()
        return await issue(*args, **kwargs)

    monkeypatch.setattr(codes, "issue", stuck)
    answer = await it.client().post("/api/v1/auth/password/forgot", json={"email": email})
    assert answer.status_code == 202
    held.set()
    assert await code_of(it, email, RESET)


async def test_a_second_mail_has_to_wait_a_minute(it: Alone) -> None:
    email, first = await someone_who_forgot(it)
    assert (await forgot(it, email)).status_code == 202
    await it.idle()
    assert sent(it, email, RESET) == [first]
    await a_minute_later(it)
    await forgot(it, email)
    second = await code_of(it, email, RESET, count=2)
    assert (await reset(it, email, first)).status_code == (422 if first != second else 204)
    assert (await reset(it, email, second)).status_code == (204 if first != second else 422)


async def test_a_day_has_twenty_codes(it: Alone) -> None:
    email, first = await someone_who_forgot(it)
    await it.sql("UPDATE codes SET issued = 20")
    await a_minute_later(it)
    await forgot(it, email)
    await it.idle()
    assert sent(it, email, RESET) == [first]
    await it.sql("UPDATE codes SET counted_from = now() - interval '25 hours'")
    await forgot(it, email)
    await code_of(it, email, RESET, count=2)
    (row,) = await it.sql("SELECT issued FROM codes WHERE subject = $1", model.digest(email))
    assert row["issued"] == 1


async def test_a_new_code_has_tries_of_its_own(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    for _ in range(5):
        await reset(it, email, another(code))
    await a_minute_later(it)
    await forgot(it, email)
    assert (await reset(it, email, await code_of(it, email, RESET, count=2))).status_code == 204


async def test_a_reset_lifts_the_lock(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    for _ in range(5):
        await login(it, email, "wrong password")
    assert (await login(it, email)).status_code == 429
    assert (await reset(it, email, code)).status_code == 204
    assert (await login(it, email, NEW)).status_code == 200


async def test_the_account_of_this_address_in_another_store_is_untouched(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    there = await register(it, email=email, store=it.other)
    await forgot(it, email)
    code = await code_of(it, email, RESET)
    assert sent(it, email, RESET, store=it.other) == []
    assert (await reset(it, email, code, store=it.other)).status_code == 422
    assert (await reset(it, email, code)).status_code == 204
    assert (await signed_in(it, there, store=it.other).get("/api/v1/me")).status_code == 200
    answer = await it.client(store=it.other).post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200


async def test_an_address_is_the_same_however_it_is_typed(it: Alone) -> None:
    email = (await register(it))["user"]["email"]
    await it.client().post("/api/v1/auth/password/forgot", json={"email": f" {email.upper()} "})
    assert (await reset(it, email.title(), await code_of(it, email, RESET))).status_code == 204


async def test_codes_are_nowhere_in_plain(it: Alone) -> None:
    email, code = await someone_who_forgot(it)
    event = await told(it, UserCodeIssued, email=email, purpose=RESET)
    assert code not in event.code
    with pytest.raises(Sealed):
        unseal(it.running.settings.secret, event.code, about="another")
    with pytest.raises(Sealed):
        unseal("guessed", event.code, about=str(event.code_id))
    (row,) = await it.sql("SELECT * FROM codes WHERE subject = $1", model.digest(email))
    assert model.digest(code) != row["digest"]
    assert code not in str(dict(row))


async def test_operators_have_no_account_to_reset_in_a_store(it: Alone) -> None:
    email = an_email()
    assert await ensure_operator(it.running, email, PASSWORD, "Ruth")
    await forgot(it, email)
    assert sent(it, email, RESET) == []
    assert (await reset(it, email, "123456")).status_code == 422


async def test_old_codes_are_forgotten(it: Alone) -> None:
    old = an_email()
    await forgot(it, old)
    await it.sql("UPDATE codes SET issued_at = now() - interval '3 days', expires_at = now() - interval '2 days' "
                 "WHERE subject = $1", model.digest(old))  # fmt: skip
    await forgot(it, an_email())
    assert not await it.sql("SELECT 1 FROM codes WHERE subject = $1", model.digest(old))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "x"),
        ("email", "a\0b@example.com"),
        ("email", None),
        ("code", "12345"),
        ("code", "1234567"),
        ("code", "12345a"),
        ("code", "123456\n"),
        ("code", "１２３４５６"),
        ("code", 123456),
        ("password", "short"),
        ("password", "x" * 129),
    ],
)
async def test_bad_input_names_the_field(it: Alone, field: str, value: object) -> None:
    body = {"email": an_email(), "code": "123456", "password": NEW, field: value}
    answer = await it.client().post("/api/v1/auth/password/reset", json=body)
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == [field]
    if field == "email":
        answer = await it.client().post("/api/v1/auth/password/forgot", json={"email": value})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "email")
