import asyncio
from uuid import UUID

import httpx
import jwt
import pytest

from tests.harness import Alone
from tests.services.identity.people import login, register, signed_in, told
from tradehall.contracts.identity import SessionEnded
from tradehall.kernel.ids import uuid7

SERVICE = "identity"


async def refresh(it: Alone, tokens: dict[str, str]) -> httpx.Response:
    return await it.client().post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


def session_of(tokens: dict[str, str]) -> UUID:
    return UUID(jwt.decode(tokens["access_token"], options={"verify_signature": False})["sid"])


async def test_refreshing_rotates_within_the_session(it: Alone) -> None:
    first = await register(it)
    second = (await refresh(it, first)).json()
    third = (await refresh(it, second)).json()
    assert set(third) == {"access_token", "refresh_token", "expires_in", "token_type", "second_factor_required"}
    assert len({t["refresh_token"] for t in (first, second, third)}) == 3
    assert {session_of(t) for t in (first, second, third)} == {session_of(first)}
    assert (await signed_in(it, third).get("/api/v1/me")).status_code == 200


async def test_a_used_token_ends_the_whole_session(it: Alone) -> None:
    first = await register(it)
    other_device = (await login(it, first["user"]["email"])).json()
    second = (await refresh(it, first)).json()
    answer = await refresh(it, first)
    assert (answer.status_code, answer.json()["type"]) == (401, "session-over")
    assert (await refresh(it, second)).status_code == 401
    assert (await signed_in(it, second).get("/api/v1/me")).status_code == 401
    await told(it, SessionEnded, session_id=session_of(first))
    assert (await refresh(it, other_device)).status_code == 200


async def test_of_refreshes_at_once_exactly_one_wins(it: Alone) -> None:
    first = await register(it)
    answers = await asyncio.gather(*(refresh(it, first) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [200] + [401] * 7


async def test_an_expired_token_is_refused_and_ends_nothing(it: Alone) -> None:
    first = await register(it)
    await it.sql(
        "UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE session_id = $1", session_of(first)
    )
    assert (await refresh(it, first)).status_code == 401
    assert (await signed_in(it, first).get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize("token", ["nonsense", "ths_nul\0", "thp_" + "x" * 43, "\u202e", "x" * 200])
async def test_unknown_tokens_are_refused(it: Alone, token: str) -> None:
    assert (await refresh(it, {"refresh_token": token})).status_code == 401


@pytest.mark.parametrize("token", ["", "x" * 201, None, 5, {}])
async def test_impossible_tokens_name_the_field(it: Alone, token: object) -> None:
    answer = await it.client().post("/api/v1/auth/refresh", json={"refresh_token": token})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "refresh_token"


async def test_logging_out_ends_the_session_at_once(it: Alone) -> None:
    tokens = await register(it)
    client = signed_in(it, tokens)
    assert (await client.post("/api/v1/auth/logout")).status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 401
    assert (await refresh(it, tokens)).status_code == 401
    await told(it, SessionEnded, session_id=session_of(tokens))


async def test_logging_out_needs_a_session(it: Alone) -> None:
    assert (await it.client().post("/api/v1/auth/logout")).status_code == 401


async def test_sessions_are_listed_with_device_and_time(it: Alone) -> None:
    first = await register(it)
    guest = it.client()
    guest.headers["user-agent"] = "Firefox on a phone"
    guest.headers["x-forwarded-for"] = "6.6.6.6, 9.9.9.9"
    body = {"email": first["user"]["email"], "password": "correct horse battery"}
    second = (await guest.post("/api/v1/auth/login", json=body)).json()
    client = signed_in(it, second)
    newest, oldest = (await client.get("/api/v1/me/sessions")).json()["items"]
    assert newest["user_agent"] == "Firefox on a phone"
    assert (newest["address"], oldest["address"]) == ("9.9.9.9", "127.0.0.1")
    assert (newest["current"], oldest["current"]) == (True, False)
    page = (await client.get("/api/v1/me/sessions", params={"limit": 1})).json()
    rest = (await client.get("/api/v1/me/sessions", params={"cursor": page["next"]})).json()
    assert [s["id"] for s in page["items"] + rest["items"]] == [newest["id"], oldest["id"]]


async def test_a_user_ends_own_sessions_and_no_others(it: Alone) -> None:
    first = await register(it)
    second = (await login(it, first["user"]["email"])).json()
    client = signed_in(it, first)
    assert (await client.delete(f"/api/v1/me/sessions/{session_of(second)}")).status_code == 204
    assert (await signed_in(it, second).get("/api/v1/me")).status_code == 401
    assert (await client.get("/api/v1/me")).status_code == 200
    stranger = await register(it)
    assert (await client.delete(f"/api/v1/me/sessions/{session_of(stranger)}")).status_code == 404
    assert (await client.delete(f"/api/v1/me/sessions/{uuid7()}")).status_code == 404
    assert (await client.delete("/api/v1/me/sessions/5")).status_code == 404
    assert (await refresh(it, stranger)).status_code == 200


async def test_all_other_sessions_end_and_this_one_stays(it: Alone) -> None:
    first, stranger = await register(it), await register(it)
    others = [(await login(it, first["user"]["email"])).json() for _ in range(3)]
    client = signed_in(it, first)
    assert (await client.delete("/api/v1/me/sessions")).status_code == 204
    assert [s["current"] for s in (await client.get("/api/v1/me/sessions")).json()["items"]] == [True]
    for tokens in others:
        assert (await signed_in(it, tokens).get("/api/v1/me")).status_code == 401
        assert (await refresh(it, tokens)).status_code == 401
        await told(it, SessionEnded, session_id=session_of(tokens))
    assert (await refresh(it, stranger)).status_code == 200
    assert (await client.delete("/api/v1/me/sessions")).status_code == 204  # of none, none
    assert (await it.client().delete("/api/v1/me/sessions")).status_code == 401


async def test_expired_sessions_go_at_the_next_login(it: Alone) -> None:
    first = await register(it)
    await it.sql("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = $1", session_of(first))
    await login(it, first["user"]["email"])
    assert not await it.sql("SELECT 1 FROM sessions WHERE id = $1", session_of(first))
    assert not await it.sql("SELECT 1 FROM refresh_tokens WHERE session_id = $1", session_of(first))


@pytest.mark.parametrize("cursor", ["x", "WyJcdTAwMDAiXQ", "\0", "W10", "W251bGxd"])
async def test_bad_cursors_are_refused(it: Alone, cursor: str) -> None:
    client = signed_in(it, await register(it))
    for path in ("/api/v1/me/sessions", "/api/v1/sellers"):
        assert (await client.get(path, params={"cursor": cursor})).status_code == 422


@pytest.mark.parametrize("limit", ["0", "-1", "101", "9" * 30, "x", "1.5"])
async def test_bad_limits_are_refused(it: Alone, limit: str) -> None:
    client = signed_in(it, await register(it))
    for path in ("/api/v1/me/sessions", "/api/v1/sellers"):
        answer = await client.get(path, params={"limit": limit})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")
