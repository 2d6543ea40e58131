"""The people's door for Django: templates, static files and translations."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Label ``web``."""

    name = "mufakat.server.web"
    label = "web"
