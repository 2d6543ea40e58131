"""The filters room for Django."""

from django.apps import AppConfig


class FiltersConfig(AppConfig):
    """Label ``filters``."""

    name = "mufakat.server.filters"
    label = "filters"
    default_auto_field = "django.db.models.BigAutoField"
