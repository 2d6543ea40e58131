"""Who may do what where: the rights and limits that Telegram documents, with its words of refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.telegram.botapi.problems import bad, forbidden

if TYPE_CHECKING:
    from tests.telegram.botapi.world import Bot, Chat, Message, User, World

DELETABLE = 48 * 3600  # Seconds after which a message can be deleted no more.
LONGEST_TEXT = 4096
DOWNLOAD = 20 * 1024 * 1024  # Bytes that getFile gives at most.
UPLOAD = 50 * 1024 * 1024
AT_ONCE = 100  # Messages that deleteMessages takes.
GROUPS = frozenset({"group", "supergroup"})

WORDS = {"group": "group chat", "supergroup": "supergroup chat", "channel": "channel chat"}


def chat_of(world: World, named: int | str) -> Chat:
    """The chat by its number or public name; one that moved says where to."""
    if isinstance(named, str) and named.startswith("@"):
        wanted = named[1:].lower()
        found = next((one for one in world.chats.values() if (one.username or "").lower() == wanted), None)
    else:
        try:
            found = world.chats.get(int(named))
        except ValueError:
            found = None
    if found is None:
        raise bad("chat not found")
    if found.migrated_to is not None:
        raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=found.migrated_to)
    return found


def present(world: World, bot: Bot, named: int | str, *, reading: bool = False) -> Chat:
    """The chat, where the bot is in it (of a public one it may ask without being there)."""
    chat = chat_of(world, named)
    if chat.type == "private":
        person = world.users[chat.id]
        if bot.account.id in person.blocked:
            raise forbidden("bot was blocked by the user")
        if bot.account.id not in person.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat
    status = chat.member(bot.account.id).status
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {WORDS[chat.type]}")
    if status == "left" and not (reading and chat.username):
        raise forbidden(f"bot is not a member of the {WORDS[chat.type]}")
    return chat


def has(chat: Chat, user: int, right: str) -> bool:
    member = chat.member(user)
    return member.status == "creator" or (member.status == "administrator" and right in member.rights)


def may_send(bot: Bot, chat: Chat) -> None:
    member = chat.member(bot.account.id)
    if chat.type == "private":
        return
    if chat.type == "channel":
        if member.status not in {"administrator", "creator"}:
            raise bad("need administrator rights in the channel chat")
        if not has(chat, bot.account.id, "can_post_messages"):
            raise bad("not enough rights to post messages")
        return
    silent = member.status == "restricted" and "can_send_messages" not in member.rights
    if silent or (member.status == "member" and "can_send_messages" not in chat.permissions):
        raise bad("not enough rights to send text messages to the chat")


def may_delete(world: World, bot: Bot, chat: Chat, message: Message) -> None:
    if world.now() - message.date >= DELETABLE:
        raise bad("message can't be deleted for everyone")
    own = message.sender is not None and message.sender.id == bot.account.id
    if chat.type == "private" or (own and chat.type in GROUPS):
        return
    if chat.type == "group" and chat.member(bot.account.id).status == "administrator":
        return
    if own and has(chat, bot.account.id, "can_post_messages"):
        return
    if not has(chat, bot.account.id, "can_delete_messages"):
        raise bad("message can't be deleted")


def may_restrict(world: World, bot: Bot, chat: Chat, user: int, *, only_supergroups: bool) -> User:
    if chat.type == "private" or (only_supergroups and chat.type != "supergroup"):
        which = "supergroups" if only_supergroups else "supergroup and channel chats"
        raise bad(f"method is available only for {which}")
    if not has(chat, bot.account.id, "can_restrict_members"):
        raise bad("not enough rights to restrict/unrestrict chat member")
    who = world.users.get(user)
    if who is None:
        raise bad("PARTICIPANT_ID_INVALID")
    status = chat.member(user).status
    if status == "creator":
        raise bad("can't remove chat owner")
    if status == "administrator":
        raise bad("user is an administrator of the chat")
    return who
