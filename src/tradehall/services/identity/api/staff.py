"""Who runs a store."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from tradehall.contracts.identity import UserCreated
from tradehall.contracts.stores import Store
from tradehall.kernel.access import PEERS, STORE_ADMIN
from tradehall.kernel.db import Database
from tradehall.kernel.emails import Email, normal_email
from tradehall.kernel.runtime import Running
from tradehall.services.identity import model, queries
from tradehall.services.identity.model import Name, NewPassword, User
from tradehall.services.identity.passwords import passwords


class NewStaff(msgspec.Struct, frozen=True, kw_only=True):
    email: Email
    password: NewPassword
    name: Name
    role: Literal["store_admin"]


class FirstAdmin(msgspec.Struct, frozen=True, kw_only=True):
    store_id: UUID
    email: Email
    password: NewPassword
    name: Name


@post("/api/v1/staff", access=STORE_ADMIN)
async def create_staff(
    data: JSONBody[NewStaff],
    store: NamedDependency[Store],
    db: NamedDependency[Database],
    running: NamedDependency[Running],
) -> User:
    made = await _make(db, running, store.id, data, [data.role])
    if made is None:
        raise model.EmailTaken()
    return made


@post("/internal/v1/admins", access=PEERS, include_in_schema=False)
async def create_first_admin(
    data: JSONBody[FirstAdmin], db: NamedDependency[Database], running: NamedDependency[Running]
) -> Response[User]:
    """201 where it was made, 200 where this e-mail is an admin's already, who stays as they are."""
    store = await running.stores.get(data.store_id)
    made = await _make(db, running, store.id, data, ["store_admin"])
    if made is not None:
        return Response(made, status_code=HTTP_201_CREATED)
    async with db.transaction(store.id) as tx:
        account = await queries.account_by_email(tx, normal_email(data.email))
    if account is None or "store_admin" not in account.roles:
        raise model.EmailTaken("It is not an admin's.")
    user = User(id=account.id, email=account.email, name=account.name, roles=account.roles)
    return Response(user, status_code=HTTP_200_OK)


async def _make(
    db: Database, running: Running, store_id: UUID, data: NewStaff | FirstAdmin, roles: list[str]
) -> User | None:
    """None where the e-mail is taken."""
    email = normal_email(data.email)
    password_hash = await passwords(running.settings).hash(data.password)
    async with db.transaction(store_id) as tx:
        user = await queries.insert_user(
            tx, email=email, password_hash=password_hash, name=data.name.strip(), roles=roles
        )
        if user is not None:
            tx.emit(UserCreated(user_id=user.id, email=email, name=user.name, roles=user.roles), key=user.id)
    return user


routes = [create_staff, create_first_admin]
