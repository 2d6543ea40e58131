"""Why a text is not a locator: one reason, one sentence that a clerk understands.

A refusal is a constant per reason. It cannot repeat the text, so no secret gets into answer, log or row this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a text was refused. The sentences are in ``SENTENCES``, the table for people in ``docs/locators.md``."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    SECRET_LINK = "secret_link"  # noqa: S105 - the name of a reason, not a secret.
    NOT_A_LOCATOR = "not_a_locator"
    UNSUPPORTED_SCHEME = "unsupported_scheme"
    BAD_HOST = "bad_host"
    PUBLIC_SUFFIX = "public_suffix"
    PRIVATE_ADDRESS = "private_address"
    CREDENTIALS = "credentials"
    BAD_DIGEST = "bad_digest"
    TELEGRAM_USERNAME = "telegram_username"
    TELEGRAM_LINK = "telegram_link"
    NESTED_TOO_DEEPLY = "nested_too_deeply"


SENTENCES = {
    Reason.EMPTY: "Nothing was given: write the address, the name or the file digest that is meant.",
    Reason.TOO_LONG: "This is longer than 4,096 characters, more than any address needs.",
    Reason.CONTROL_CHARACTER: "There is an invisible or invalid character inside: type the address again by hand.",
    Reason.SECRET_LINK: (
        "This link holds a secret, such as a login code or a key, and is never stored: "
        "leave it out and point at the account, channel or message itself."
    ),
    Reason.NOT_A_LOCATOR: (
        "This is not one address, host name, Telegram name with @ in front, or file digest: "
        "give each address by itself, without other words."
    ),
    Reason.UNSUPPORTED_SCHEME: "Only addresses that begin with https:, http:, ftp: or tg: can be taken.",
    Reason.BAD_HOST: (
        "The host name or the port is not valid: a host name has a dot in it, a Telegram name has @ in front."
    ),
    Reason.PUBLIC_SUFFIX: "This name is an ending under which anybody registers names: give the whole name.",
    Reason.PRIVATE_ADDRESS: "This belongs to a private, local or reserved network, which the public cannot reach.",
    Reason.CREDENTIALS: "There is a user name or password in front of the host: give the address without it.",
    Reason.BAD_DIGEST: (
        "A file digest has 64 (SHA-256), 40 (SHA-1) or 32 (MD5) hexadecimal digits behind its name and a colon."
    ),
    Reason.TELEGRAM_USERNAME: (
        "This is not a valid Telegram name: it begins with a letter, has letters, digits and single underscores, "
        "and ends with a letter or digit."
    ),
    Reason.TELEGRAM_LINK: "This is an address of Telegram, but it does not name a thing that a notice can point at.",
    Reason.NESTED_TOO_DEEPLY: "There are addresses inside addresses here, too deep: give the innermost one.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A text that is no locator. ``sentence`` is English and fixed per reason: it never repeats the text."""

    reason: Reason
    sentence: str


REFUSALS = {reason: Refusal(reason, sentence) for reason, sentence in SENTENCES.items()}
