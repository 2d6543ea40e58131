"""The appeals room for Django."""

from django.apps import AppConfig


class AppealsConfig(AppConfig):
    """Label ``appeals``."""

    name = "mufakat.server.appeals"
    label = "appeals"
    default_auto_field = "django.db.models.BigAutoField"
