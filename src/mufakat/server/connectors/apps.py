"""The connectors room for Django."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Label ``connectors``."""

    name = "mufakat.server.connectors"
    label = "connectors"
    default_auto_field = "django.db.models.BigAutoField"
