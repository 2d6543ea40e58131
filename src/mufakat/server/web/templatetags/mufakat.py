"""Times, foreign text and codes in templates."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _

from mufakat.server.web import inert

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

    from mufakat.server.web.words import Coded

register = template.Library()

MINUTE = timedelta(minutes=1)


@register.simple_tag
def moment(value: datetime, now: datetime | None = None) -> SafeString:
    """A time in the instance's zone, which is named; with ``now`` also how long ago or how soon that is."""
    local = timezone.localtime(value)
    shown = f"{formats.date_format(local, 'j M Y H:i')} {local.tzname()}"
    stamp = value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if now is None:
        return format_html('<time datetime="{}" title="{}">{}</time>', stamp, stamp, shown)
    return format_html(
        '<time datetime="{}" title="{}">{}</time> <small class="relative">{}</small>',
        stamp,
        stamp,
        shown,
        apart(value, now),
    )


@register.simple_tag
def left(due: datetime, now: datetime) -> str:
    """How much time is left, or how late it is: ``3 hours left``, ``3 hours late``."""
    if abs(due - now) < MINUTE:
        return _("less than a minute left") if due >= now else _("just late")
    if due > now:
        return _("%(time)s left") % {"time": timeuntil(due, now)}
    return _("%(time)s late") % {"time": timesince(due, now)}


def apart(value: datetime, now: datetime) -> str:
    """``in 3 hours``, ``3 hours ago``."""
    if abs(value - now) < MINUTE:
        return _("now")
    if value > now:
        return _("in %(time)s") % {"time": timeuntil(value, now)}
    return _("%(time)s ago") % {"time": timesince(value, now)}


@register.simple_tag
def code(found: Coded) -> SafeString:
    """The word, and the code that machines use for it."""
    return format_html('<span class="coded">{} <code>{}</code></span>', found.word, found.code)


@register.filter
def visible(text: str) -> str:
    """Foreign text whose deceiving characters are written as numbers; escaped like any other."""
    return inert.visible(str(text))


@register.filter
def defanged(text: str) -> str:
    """An address that nothing follows."""
    return inert.defanged(str(text))
