"""Every address of the application."""

from __future__ import annotations

from django.urls import include, path

from mufakat.server.api import feeds, health, log, metrics
from mufakat.server.api.api import api
from mufakat.server.runtime import console

urlpatterns = [
    path("api/v1/", api.urls),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
    path("log/<slug:shard>/keys.json", log.keys, name="log-keys"),
    path("log/<slug:shard>/checkpoint", log.checkpoint, name="log-checkpoint"),
    path("log/<slug:shard>/tile/<path:rest>", log.tile, name="log-tile"),
    path("log/<slug:shard>/disclosure/<str:event>.json", log.disclosure, name="log-disclosure"),
    path("feeds/<str:list_name>/<str:file>", feeds.feed, name="feed"),
    path("local/<slug:deed>", console.console),
    path("account/", include("mufakat.server.web.account_urls")),
    path("", include("mufakat.server.web.urls")),
]

handler400 = "mufakat.server.web.errors.bad_request"
handler403 = "mufakat.server.web.errors.forbidden"
handler404 = "mufakat.server.web.errors.not_found"
handler500 = "mufakat.server.web.errors.broken"
