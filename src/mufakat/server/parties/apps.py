"""The parties room for Django."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Label ``parties``."""

    name = "mufakat.server.parties"
    label = "parties"
    default_auto_field = "django.db.models.BigAutoField"
