"""A local server of Telegram's Bot API, faithful where the connectors rely on it. Built from aiogram's own models.

It validates every call of every method against aiogram's class for it, and every answer against what that class
returns. What a method does is modelled where the connectors need it, with the rights, limits and errors that Telegram
documents; a method that is only validated answers 501 and is remembered, so that a test that came that far fails.
"""

from tests.telegram.botapi.service import BotAPI
from tests.telegram.botapi.world import Bot, Chat, User, World

__all__ = ["Bot", "BotAPI", "Chat", "User", "World"]
