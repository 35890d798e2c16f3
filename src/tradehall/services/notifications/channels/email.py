"""E-mail by SMTP."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
import msgspec

from tradehall.kernel.context import correlation
from tradehall.kernel.settings import Settings
from tradehall.services.notifications.channels import Later, Never, Parcel
from tradehall.services.notifications.model import one_line

TIMEOUT = 15  # seconds for each step of the talk with the server


class Email(msgspec.Struct, frozen=True):
    """`written` is when the mail was, for its Date, which stays the same at each try."""

    settings: Settings
    reply_to: str
    written: datetime

    async def send(self, parcel: Parcel, *, uncertain: bool) -> str:
        """Between the server's yes and our note of it lies a moment that no protocol closes: a crash there sends twice, under
        one Message-ID, by which mail programs and many servers know it is the same."""
        message = message_of(parcel, self.written, self.settings, self.reply_to)
        try:
            await _hand_over(message, parcel.recipient, self.settings)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [one.code for one in error.recipients]
            _refused(max(codes, default=450), "the address was refused")
        except aiosmtplib.SMTPDataError as error:
            _refused(error.code, "the mail was refused")
        except aiosmtplib.SMTPResponseException as error:  # of us, not of this mail: to be mended, not to be given up
            raise Later(f"the mail server said {error.code} ({type(error).__name__})") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise Later(f"no talk with the mail server ({type(error).__name__})", uncertain=True) from None
        return str(message["Message-ID"])


def _refused(code: int, what: str) -> None:
    if code >= 500:
        raise Never(f"{what}: {code}")
    raise Later(f"{what} for now: {code}")


def message_of(parcel: Parcel, written: datetime, settings: Settings, reply_to: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(one_line(parcel.sender), addr_spec=settings.mail_from)
    message["To"] = parcel.recipient
    if reply_to:
        message["Reply-To"] = reply_to
    message["Subject"] = one_line(parcel.mail.subject)
    message["Date"] = format_datetime(written)
    message["Message-ID"] = f"<{parcel.notification_id}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Correlation-Id"] = correlation()
    if parcel.mail.stop:
        message["List-Unsubscribe"] = f"<{parcel.mail.stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(parcel.mail.text)
    message.add_alternative(parcel.mail.html, subtype="html")
    return message


async def _hand_over(message: EmailMessage, recipient: str, settings: Settings) -> None:
    """Raises what aiosmtplib raises. `smtp(s)://user@host:port?starttls=1`."""
    url = urlsplit(settings.smtp_url)
    user = unquote(url.username) if url.username else None
    await aiosmtplib.send(
        message,
        sender=settings.mail_from,
        recipients=[recipient],
        hostname=url.hostname,
        port=url.port,
        username=user,
        password=settings.smtp_password or None if user else None,
        use_tls=url.scheme == "smtps",
        start_tls=parse_qs(url.query).get("starttls") == ["1"],
        timeout=TIMEOUT,
    )
