"""Notifications: mails about orders and accounts, each sent once, in the demo into a mailbox; notes in the application."""

from tradehall.kernel.service import Service
from tradehall.services.notifications import api, subscribers, tasks

service = Service("notifications", routes=api.routes, modules=[subscribers, tasks])
