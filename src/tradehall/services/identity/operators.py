"""Operators, made by whoever holds the installation: the command line and the demo, never over HTTP."""

import msgspec

from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.errors import Invalid
from tradehall.kernel.runtime import Running
from tradehall.kernel.validate import problems
from tradehall.services.identity import queries
from tradehall.services.identity.model import PLATFORM, Name, NewPassword
from tradehall.services.identity.passwords import passwords


class NewOperator(msgspec.Struct, frozen=True, kw_only=True):
    email: Email
    password: NewPassword
    name: Name


async def ensure_operator(running: Running, email: str, password: str, name: str) -> bool:
    """True where it was made; False where an operator with this e-mail exists, who stays as they are.

    Raises Invalid. Needs `running.databases`, nothing else that a start brings.
    """
    given = {"email": email, "password": password, "name": name}
    if wrong := problems(NewOperator, given):
        raise Invalid("; ".join(f"{e.field} {e.rule}" for e in wrong), errors=wrong)
    address, password_hash = normal_email(email), await passwords(running.settings).hash(password)
    async with running.databases["identity"].transaction(PLATFORM) as tx:
        return await queries.create_operator(tx, address, password_hash, name.strip()) is not None
