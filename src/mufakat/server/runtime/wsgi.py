"""Django's handler: pages and the ordinary API."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mufakat.server.runtime.settings")

application = get_wsgi_application()
