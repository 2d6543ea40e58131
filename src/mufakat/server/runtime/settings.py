"""Django's settings.

What the operator decides comes from ``environment``; the rest is decided here, with its reason.
"""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF

from mufakat.server.runtime import (
    dns_environment,
    door_environment,
    environment,
    government_bot_environment,
    mail_environment,
    probe_environment,
    protected_environment,
)

ENVIRONMENT = environment.read(os.environ)

MUFAKAT_DATA = ENVIRONMENT.data
MUFAKAT_ORIGIN = ENVIRONMENT.origin
MUFAKAT_KEY_FILE = ENVIRONMENT.key_file
MUFAKAT_DISK_RESERVE = ENVIRONMENT.disk_reserve
MUFAKAT_BALLAST = ENVIRONMENT.ballast
MUFAKAT_EVIDENCE_ORIGIN = ENVIRONMENT.evidence_origin
MUFAKAT_MAIL = mail_environment.read(os.environ, host=ENVIRONMENT.host, port=ENVIRONMENT.port)
MUFAKAT_GOVERNMENT_BOT = government_bot_environment.read(os.environ, host=ENVIRONMENT.host, port=ENVIRONMENT.port)
MUFAKAT_DNS = dns_environment.read(os.environ)
MUFAKAT_WEBHOOK_POLICY = ENVIRONMENT.webhook_policy
MUFAKAT_DOORS = door_environment.read(os.environ)
MUFAKAT_PROTECTED_NAMES = protected_environment.read(os.environ)
MUFAKAT_PROBES = probe_environment.read(os.environ)

DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
ROOT_URLCONF = "mufakat.server.runtime.urls"
WSGI_APPLICATION = "mufakat.server.runtime.wsgi.application"
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "mufakat.server.web",  # Before allauth, whose templates it replaces.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "ninja",
    "mufakat.server.journal",
    "mufakat.server.parties",
    "mufakat.server.agreements",
    "mufakat.server.notices",
    "mufakat.server.decisions",
    "mufakat.server.restrictions",
    "mufakat.server.filters",
    "mufakat.server.appeals",
    "mufakat.server.governance",
    "mufakat.server.register",
    "mufakat.server.connectors",
    "mufakat.server.connectors.mail",
    "mufakat.server.connectors.government_bot",
]

MIDDLEWARE = [
    "mufakat.server.runtime.requests.RequestMiddleware",
    "mufakat.server.api.problems.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "mufakat.server.web.sandbox.SandboxMiddleware",  # Before whatever looks at a cookie.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mufakat.server.web.context.page",
            ],
        },
    },
]

DATABASES = {"default": ENVIRONMENT.database}
ATOMIC_REQUESTS = False  # A page that reads must not borrow the writer.

# People. Signed cookies, because a session row would be a write per visit.
AUTH_USER_MODEL = "parties.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # One working day.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mufakat.server.web.errors.csrf_failure"

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_ADAPTER = "mufakat.server.web.adapter.SeatsOnlyAdapter"  # Nobody signs up: seats are given.
ACCOUNT_EMAIL_VERIFICATION = "none"  # The operator enrols people with an address it knows.
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
MFA_ADAPTER = "mufakat.server.web.adapter.SealedSecretsAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Mufakat"

AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # Hours.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "mufakat.server.web.adapter.named"
AXES_LOCKOUT_TEMPLATE = "web/locked.html"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True

# The browser. Everything from ourselves, nothing inline.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "script-src": [SELF],
        "style-src": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if ENVIRONMENT.https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^metrics$"]  # Asked from this machine itself, past the proxy that speaks TLS.
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
FILE_UPLOAD_HANDLERS = ["mufakat.server.web.uploads.handler_for"]  # No file is kept that no page asked for.

# Words and times for people; UTC inside.
USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("id", "Bahasa Indonesia")]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [Path(__file__).parent.parent / "web" / "locale"]

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # The wheel holds the files; there is no collecting step.
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "mufakat.server.runtime.logs.JSONFormatter"}},
    "handlers": {"stderr": {"class": "mufakat.server.runtime.logs.GatheringHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Our own line per request (runtime.requests) says the same without addresses, queries or names.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "CRITICAL"},  # A refused host or form: its line repeats what was sent.
        "axes": {"level": "ERROR"},
        "aiogram": {"level": "CRITICAL"},  # Its lines name addresses, and in those is the token.
        "mail.log": {"level": "ERROR"},  # Of aiosmtpd, which writes the addresses of people.
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []
