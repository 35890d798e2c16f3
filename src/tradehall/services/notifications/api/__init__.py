"""Routes of the notifications service."""

from tradehall.services.notifications.api import mailbox, notes

routes = [*mailbox.routes, *notes.routes]
