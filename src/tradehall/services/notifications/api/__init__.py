"""Routes of the notifications service."""

from tradehall.services.notifications.api import (
    choices,
    history,
    mailbox,
    notes,
    push,
    senders,
    sms_status,
    templates,
)

_MODULES = (mailbox, notes, choices, push, templates, history, senders, sms_status)
routes = [handler for module in _MODULES for handler in module.routes]
