"""Published by notifications."""

from typing import ClassVar, Literal
from uuid import UUID

from tradehall.contracts.values import Event, Task

Channel = Literal["email", "sms", "push", "in_app"]


class NotificationEvent(Event, frozen=True, kw_only=True):
    """Of one way that a notification goes. Nothing in it says who reads it."""

    publisher: ClassVar[str] = "notifications"
    notification_id: UUID
    template: str
    order_id: UUID | None = None
    channel: Channel = "email"


class NotificationSent(NotificationEvent, frozen=True, kw_only=True, tag="notification.sent"):
    """Who carries it has taken it."""


class NotificationDelivered(NotificationEvent, frozen=True, kw_only=True, tag="notification.delivered"):
    """Who carries it says that it has arrived; by SMS only."""


class NotificationFailed(NotificationEvent, frozen=True, kw_only=True, tag="notification.failed"):
    """It is not tried any more: refused for good, tried for as long as it was of use, or taken and not brought."""

    reason: Literal["refused", "expired", "undelivered"]


class LowStockDigestDue(Event, frozen=True, kw_only=True, tag="LowStockDigestDue"):
    """Timer, to notifications itself: tell of all that became low meanwhile."""

    publisher: ClassVar[str] = "notifications"


class DeliveryDue(Task, frozen=True, kw_only=True, tag="DeliveryDue"):
    """Hand a notification to who carries it, one way; also the timer of the next try."""

    publisher: ClassVar[str] = "notifications"
    delivery_id: UUID


class MailDue(Task, frozen=True, kw_only=True, tag="MailDue"):
    """As DeliveryDue, of a mail, by what was due before an upgrade."""

    publisher: ClassVar[str] = "notifications"
    notification_id: UUID
