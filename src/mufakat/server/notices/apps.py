"""The notices room for Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Label ``notices``."""

    name = "mufakat.server.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
