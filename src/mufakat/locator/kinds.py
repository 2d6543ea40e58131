"""What a locator can point at, and what mandates call it."""

from __future__ import annotations

from enum import StrEnum


class Surface(StrEnum):
    """The word of a mandate for a thing that is pointed at; every :class:`Kind` belongs to exactly one."""

    ACCOUNT = "account"
    CHANNEL = "channel"
    MESSAGE = "message"
    URL = "url"
    HOST = "host"
    FILE = "file"


class Kind(StrEnum):
    """What one locator points at: a URL, a host, a file, or one of the things that Telegram's links name."""

    URL = "url"
    HOST = "host"
    FILE = "file"

    USERNAME = "username"  # A person, bot, group or channel: unknown until the name is resolved.
    PHONE = "phone"
    CONTACT = "contact"
    BUSINESS_CHAT = "business_chat"
    BOT_START = "bot_start"
    BOT_STARTGROUP = "bot_startgroup"
    BOT_APP = "bot_app"
    BOT_GAME = "bot_game"
    COLLECTION = "collection"  # Of gifts, on a profile.

    CHANNEL = "channel"  # By number, once the name has been resolved.
    INVITE = "invite"
    FOLDER = "folder"
    CALL = "call"
    BOOST = "boost"
    DIRECT = "direct"
    VIDEOCHAT = "videochat"

    MESSAGE = "message"
    STORY = "story"
    STORY_LIVE = "story_live"
    STORY_ALBUM = "story_album"

    ARTICLE = "article"
    SHARE = "share"
    INSTANT_VIEW = "instant_view"
    STICKER_SET = "sticker_set"
    EMOJI_SET = "emoji_set"
    THEME = "theme"
    BACKGROUND = "background"
    NFT = "nft"
    GIFTCODE = "giftcode"
    INVOICE = "invoice"
    LANGUAGE = "language"
    PROXY = "proxy"

    @property
    def surface(self) -> Surface:
        """The surface that this kind belongs to."""
        return SURFACES[self]


SURFACES = {
    Kind.HOST: Surface.HOST,
    Kind.PROXY: Surface.HOST,  # A server: whoever may speak of hosts may speak of it.
    Kind.FILE: Surface.FILE,
    Kind.USERNAME: Surface.ACCOUNT,
    Kind.PHONE: Surface.ACCOUNT,
    Kind.CONTACT: Surface.ACCOUNT,
    Kind.BUSINESS_CHAT: Surface.ACCOUNT,
    Kind.BOT_START: Surface.ACCOUNT,
    Kind.BOT_STARTGROUP: Surface.ACCOUNT,
    Kind.BOT_APP: Surface.ACCOUNT,
    Kind.BOT_GAME: Surface.ACCOUNT,
    Kind.COLLECTION: Surface.ACCOUNT,
    Kind.CHANNEL: Surface.CHANNEL,
    Kind.INVITE: Surface.CHANNEL,
    Kind.FOLDER: Surface.CHANNEL,
    Kind.CALL: Surface.CHANNEL,
    Kind.BOOST: Surface.CHANNEL,
    Kind.DIRECT: Surface.CHANNEL,
    Kind.VIDEOCHAT: Surface.CHANNEL,
    Kind.MESSAGE: Surface.MESSAGE,
    Kind.STORY: Surface.MESSAGE,
    Kind.STORY_LIVE: Surface.MESSAGE,
    Kind.STORY_ALBUM: Surface.MESSAGE,
    Kind.URL: Surface.URL,
    Kind.ARTICLE: Surface.URL,
    Kind.SHARE: Surface.URL,
    Kind.INSTANT_VIEW: Surface.URL,
    Kind.STICKER_SET: Surface.URL,
    Kind.EMOJI_SET: Surface.URL,
    Kind.THEME: Surface.URL,
    Kind.BACKGROUND: Surface.URL,
    Kind.NFT: Surface.URL,
    Kind.GIFTCODE: Surface.URL,
    Kind.INVOICE: Surface.URL,
    Kind.LANGUAGE: Surface.URL,
}


def surface_of(kind: Kind) -> Surface:
    """The surface that a kind belongs to, as ``docs/locators.md`` lists them."""
    return SURFACES[kind]
