"""The register room for Django."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """Label ``register``."""

    name = "mufakat.server.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
