"""The restrictions room for Django."""

from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    """Label ``restrictions``."""

    name = "mufakat.server.restrictions"
    label = "restrictions"
    default_auto_field = "django.db.models.BigAutoField"
