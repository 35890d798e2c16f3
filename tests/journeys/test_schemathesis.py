"""Whatever the API's description allows, and whatever it forbids, the answer is never a server error."""

import time
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from tests.journeys.program import Program
from tradehall.demo import DEMO_PASSWORD, content

# The store whose data may be spoilt: no journey after this one goes there.
STORE = "mini"
EXAMPLES = {GenerationMode.POSITIVE: 4, GenerationMode.NEGATIVE: 6}
LEFT_OUT = ("/logout", "/me/sessions/")  # they would end the session it all is done with


@pytest.fixture(scope="module")
def document(program: Program) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{program.url}/api/docs/openapi.json", timeout=30).json()
    return found


@pytest.fixture(scope="module")
def admin_token(program: Program) -> str:
    login = {"email": content.people().stores[STORE].admin.email, "password": DEMO_PASSWORD}
    host = {"host": f"{STORE}.localhost"}
    token: str = httpx.post(f"{program.url}/api/v1/auth/login", json=login, headers=host).json()["access_token"]
    return token


@pytest.mark.parametrize("program", ["one process"], indirect=True)
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # the generator's own
@pytest.mark.parametrize("actor", ["guest", "store admin"])
def test_no_input_makes_a_server_error(
    program: Program, document: dict[str, Any], admin_token: str, actor: str
) -> None:
    headers = {"Host": f"{STORE}.localhost"}
    if actor == "store admin":
        headers["Authorization"] = f"Bearer {admin_token}"
    broken: list[str] = []
    tried: dict[str, int] = {}
    began = time.monotonic()
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        if any(part in operation.path for part in LEFT_OUT):
            continue
        for mode, examples in EXAMPLES.items():

            @settings(
                max_examples=examples,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def try_out(case: Any) -> None:
                answer = case.call(base_url=program.url, headers=headers, timeout=20)
                tried[case.operation.label] = tried.get(case.operation.label, 0) + 1
                if answer.status_code >= 500:
                    broken.append(f"{case.as_curl_command()}\n    {answer.status_code} {answer.text[:300]}")

            try:
                try_out()
            except Exception as error:
                if "Unsatisfiable" not in type(error).__name__:  # there is nothing to get wrong
                    raise
    assert broken == []
    assert len(tried) > 60
    print(f"{sum(tried.values())} requests in {time.monotonic() - began:.0f} s")
