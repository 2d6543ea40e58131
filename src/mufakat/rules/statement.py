"""The statement of reasons: by which way it reached whoever is affected."""

from enum import StrEnum


class GivenHow(StrEnum):
    """How somebody affected got the statement. A code: no address and no name stands here."""

    CONNECTOR = "connector"  # The platform's own system took it and passed it on.
    IN_SERVICE = "in_service"  # In the service itself: a notification there.
    MAIL = "mail"
    LETTER = "letter"
    LINK = "link"  # By the one-time link with the code.
    OTHER = "other"
