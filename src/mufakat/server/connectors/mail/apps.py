"""The mail of the connectors room for Django."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """Label ``mail``."""

    name = "mufakat.server.connectors.mail"
    label = "mail"
    default_auto_field = "django.db.models.BigAutoField"
