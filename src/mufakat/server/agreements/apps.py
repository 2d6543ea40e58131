"""The agreements room for Django."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """Label ``agreements``."""

    name = "mufakat.server.agreements"
    label = "agreements"
    default_auto_field = "django.db.models.BigAutoField"
