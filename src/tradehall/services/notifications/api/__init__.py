"""Routes of the notifications service."""

from tradehall.services.notifications.api import choices, mailbox, notes

routes = [*mailbox.routes, *notes.routes, *choices.routes]
