"""The Government Channel bot of the connectors room for Django."""

from django.apps import AppConfig


class GovernmentBotConfig(AppConfig):
    """Label ``government_bot``."""

    name = "mufakat.server.connectors.government_bot"
    label = "government_bot"
    default_auto_field = "django.db.models.BigAutoField"
