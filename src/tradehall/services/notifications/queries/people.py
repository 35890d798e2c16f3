"""SQL of people, and of what they are told in the application."""

from collections.abc import Sequence
from uuid import UUID

from tradehall.contracts.identity import UserState
from tradehall.kernel.db import Tx, columns
from tradehall.services.notifications.model import Note, Person

_PERSON = "id, email, name, roles"
_NOTE = "id, person_id, kind, about, facts, created_at, read_at"


async def save(tx: Tx, events: Sequence[UserState]) -> None:
    """The last word on each counts."""
    latest = {event.user_id: event for event in events}
    await tx.upsert(
        "people", [Person(id=e.user_id, email=e.email, name=e.name, roles=e.roles) for e in latest.values()]
    )


async def save_phone(tx: Tx, person_id: UUID, phone: str) -> None:
    await tx.run("UPDATE people SET phone = $2 WHERE id = $1", person_id, phone)


async def person(tx: Tx, person_id: UUID) -> Person | None:
    return await tx.one(Person, f"SELECT {_PERSON} FROM people WHERE id = $1", person_id)


async def with_role(tx: Tx, *roles: str) -> list[Person]:
    return await tx.all(Person, f"SELECT {_PERSON} FROM people WHERE roles && $1::text[] ORDER BY id", list(roles))


async def tell(tx: Tx, notes: Sequence[Note]) -> None:
    """What a person was told before is not told again."""
    if notes:
        await tx.run(
            "INSERT INTO notes (id, person_id, kind, about, facts) "
            "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[]) "
            "ON CONFLICT ON CONSTRAINT once_per_person DO NOTHING",
            *columns([(note.id, note.person_id, note.kind, note.about, note.facts) for note in notes]),
        )


async def notes(tx: Tx, person_id: UUID, *, unread: bool, before: UUID | None, limit: int) -> list[Note]:
    """Newest first."""
    return await tx.all(
        Note,
        f"SELECT {_NOTE} FROM notes WHERE person_id = $1 AND (NOT $2 OR read_at IS NULL) "
        "AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        person_id,
        unread,
        before,
        limit,
    )


async def unread(tx: Tx, person_id: UUID) -> int:
    count: int = await tx.scalar("SELECT count(*) FROM notes WHERE person_id = $1 AND read_at IS NULL", person_id)
    return count


async def mark_read(tx: Tx, person_id: UUID, note_ids: Sequence[UUID] | None) -> None:
    """All of theirs where no ids are given."""
    await tx.run(
        "UPDATE notes SET read_at = now() WHERE person_id = $1 AND read_at IS NULL AND ($2::uuid[] IS NULL OR id = ANY($2))",
        person_id,
        note_ids,
    )
