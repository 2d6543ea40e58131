"""What the filters room shows: always to somebody of the platform whose it is (I-10), or to whom it was released."""

from __future__ import annotations

from mufakat.server.filters.notification_queries import (
    get_for as notification,
    page as notifications,
    weeks as weeks_told,
)

__all__ = ["notification", "notifications", "weeks_told"]
