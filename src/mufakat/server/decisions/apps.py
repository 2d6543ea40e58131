"""The decisions room for Django."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Label ``decisions``."""

    name = "mufakat.server.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"
