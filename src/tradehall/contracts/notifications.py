"""Published by notifications."""

from typing import ClassVar
from uuid import UUID

from tradehall.contracts.values import Event, Task


class NotificationSent(Event, frozen=True, kw_only=True, tag="notification.sent"):
    publisher: ClassVar[str] = "notifications"
    notification_id: UUID
    template: str
    order_id: UUID | None = None


class LowStockDigestDue(Event, frozen=True, kw_only=True, tag="LowStockDigestDue"):
    """Timer, to notifications itself: tell of all that became low meanwhile."""

    publisher: ClassVar[str] = "notifications"


class MailDue(Task, frozen=True, kw_only=True, tag="MailDue"):
    """Hand a stored mail to the mail server."""

    publisher: ClassVar[str] = "notifications"
    notification_id: UUID
