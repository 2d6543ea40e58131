"""The addresses of the pages."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from mufakat.server.web import desk, notice, pages, sandbox, send

urlpatterns = [
    path("", pages.front, name="front"),
    path("log/", pages.log, name="log"),
    path("language", set_language, name="language"),
    path("desk/", desk.desk, name="desk"),
    path("desk/send", send.send, name="send"),
    path("desk/send/links", send.links, name="links"),
    path("desk/notices/", desk.notices, name="notices"),
    path("desk/notices/<slug:notice>", notice.shown, name="notice"),
    path("desk/notices/<slug:notice>/receipt", notice.receipt, name="notice-receipt"),
    path("desk/notices/<slug:notice>/evidence/<int:position>", sandbox.download, name="notice-evidence"),
    path("desk/notices/<slug:notice>/acknowledge", notice.acknowledge, name="notice-acknowledge"),
    path("desk/notices/<slug:notice>/withdraw", notice.withdraw, name="notice-withdraw"),
]
