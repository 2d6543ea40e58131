"""The governance room for Django."""

from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """Label ``governance``."""

    name = "mufakat.server.governance"
    label = "governance"
    default_auto_field = "django.db.models.BigAutoField"
