"""What the small text fields of the desk share."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy

NOTE = 2_000  # Characters, as the API takes them.
PLAIN = RegexValidator(
    r"\A[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*\Z", gettext_lazy("Control characters cannot be taken.")
)


def lines(text: str) -> str:
    """Line ends as everything else here has them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
