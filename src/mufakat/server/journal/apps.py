"""The journal room for Django."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Label ``journal``."""

    name = "mufakat.server.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
