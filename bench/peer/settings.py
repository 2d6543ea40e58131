"""Django as it comes: its own engines, its usual middlewares; durable as ours is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MUFAKAT_DATA = Path(os.environ["MUFAKAT_DATA"])
MUFAKAT_ORIGIN = "localhost/log/1"
MUFAKAT_KEY_FILE = ""

DEBUG = False
SECRET_KEY = "only-for-measuring"  # noqa: S105 - nobody signs in here.
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.peer.urls"
USE_TZ = True
AUTH_USER_MODEL = "parties.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "mufakat.server.journal",
    "mufakat.server.parties",
    "mufakat.server.agreements",
    "mufakat.server.notices",
    "mufakat.server.decisions",
    "mufakat.server.restrictions",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def database(url: str) -> dict[str, Any]:
    """Django's own engines: SQLite as durable as ours is, or PostgreSQL."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": MUFAKAT_DATA / "mufakat.sqlite3",
            "OPTIONS": {
                # With Django's default, DEFERRED, most concurrent writers fail at once.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
            "CONN_MAX_AGE": None,
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }


DATABASES = {"default": database(os.environ.get("DATABASE_URL", ""))}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "ERROR"},  # What failed is said; a line per request is not written.
}
