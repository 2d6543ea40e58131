"""What the modelled methods do. A method that is not here is validated, and answers 501."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiogram import methods
from tests.telegram.botapi import rules, shown
from tests.telegram.botapi.problems import bad
from tests.telegram.botapi.world import SENDING, Member, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.telegram.botapi.world import Bot, Chat, Message, World

    Deed = Callable[[World, Bot, Any], Any]

MODELLED: dict[str, Deed] = {}


def models(method: Any) -> Callable[[Deed], Deed]:
    def keep(deed: Deed) -> Deed:
        MODELLED[method.__api_method__] = deed
        return deed

    return keep


# -- The bot itself ----------------------------------------------------------------------------------------------------


@models(methods.GetMe)
def get_me(world: World, bot: Bot, call: Any) -> Any:
    more = dict.fromkeys(("can_join_groups", "can_read_all_group_messages"), True)
    return {**shown.user(bot.account), **more, "supports_inline_queries": False}


@models(methods.SetMyCommands)
def set_my_commands(world: World, bot: Bot, call: Any) -> Any:
    return True


@models(methods.SetWebhook)
def set_webhook(world: World, bot: Bot, call: Any) -> Any:
    if call.url and not call.url.startswith(("https://", "http://127.0.0.1", "http://[::1]", "http://localhost")):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.secret_token
    sound = secret is None or (0 < len(secret) <= 256 and secret.replace("-", "").replace("_", "").isalnum())
    if not sound:
        raise bad("secret token contains unallowed characters")
    _allow(bot, call.allowed_updates)
    if call.drop_pending_updates:
        bot.updates.clear()
    bot.webhook = Webhook(call.url, secret, call.max_connections or 40) if call.url else None
    world.changed()
    return True


@models(methods.DeleteWebhook)
def delete_webhook(world: World, bot: Bot, call: Any) -> Any:
    if call.drop_pending_updates:
        bot.updates.clear()
    bot.webhook = None
    return True


@models(methods.GetWebhookInfo)
def get_webhook_info(world: World, bot: Bot, call: Any) -> Any:
    hook = bot.webhook
    told = {"url": hook.url if hook else "", "has_custom_certificate": False, "pending_update_count": len(bot.updates)}
    return {**told, "last_error_message": hook.last_error} if hook and hook.last_error else told


def _allow(bot: Bot, allowed: list[str] | None) -> None:
    if allowed is not None:
        bot.allowed = frozenset(allowed) or None


# -- Messages ----------------------------------------------------------------------------------------------------------


@models(methods.SendMessage)
def send_message(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    rules.may_send(bot, chat)
    _text(call.text)
    made = world.put(chat, bot.account, call.text, reply_to=_reply_to(chat, call), markup=_markup(call))
    return shown.message(made, world)


@models(methods.SendDocument)
def send_document(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    rules.may_send(bot, chat)
    content = getattr(call.document, "content", None)
    if content is None:
        if call.document not in world.files:
            raise bad("wrong file identifier/HTTP URL specified")
        file = call.document
    elif len(content) > rules.UPLOAD:
        raise bad("file is too big")
    else:
        file = f"f{len(world.files)}"
        world.files[file] = (content, call.document.filename or "file")
    caption = call.caption
    made = world.put(chat, bot.account, None, caption=caption, file=file, reply_to=_reply_to(chat, call))
    return shown.message(made, world)


@models(methods.EditMessageText)
def edit_message_text(world: World, bot: Bot, call: Any) -> Any:
    message = _own(world, bot, call, "message to edit not found")
    _text(call.text)
    markup = _markup(call)
    if message.text == call.text and message.markup == markup:
        same = "specified new message content and reply markup are exactly the same as a current content"
        raise bad(f"message is not modified: {same} and reply markup of the message")
    message.text, message.markup, message.edited = call.text, markup, world.now()
    return shown.message(message, world)


@models(methods.EditMessageReplyMarkup)
def edit_message_reply_markup(world: World, bot: Bot, call: Any) -> Any:
    message = _own(world, bot, call, "message to edit not found")
    message.markup, message.edited = _markup(call), world.now()
    return shown.message(message, world)


@models(methods.DeleteMessage)
def delete_message(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise bad("message to delete not found")
    if message.service:
        raise bad("message can't be deleted")
    rules.may_delete(world, bot, chat, message)
    del chat.messages[message.id]
    return True


@models(methods.DeleteMessages)
def delete_messages(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    if not 0 < len(call.message_ids) <= rules.AT_ONCE:
        raise bad("too many message identifiers specified")
    found = [chat.messages[one] for one in call.message_ids if one in chat.messages]
    for message in found:
        rules.may_delete(world, bot, chat, message)
    for message in found:
        del chat.messages[message.id]
    return True


@models(methods.AnswerCallbackQuery)
def answer_callback_query(world: World, bot: Bot, call: Any) -> Any:
    if call.text is not None and len(call.text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    return True


@models(methods.GetFile)
def get_file(world: World, bot: Bot, call: Any) -> Any:
    if call.file_id not in world.files:
        raise bad("wrong file_id or the file is temporarily unavailable")
    content, name = world.files[call.file_id]
    size = content if isinstance(content, int) else len(content)
    if size > rules.DOWNLOAD:
        raise bad("file is too big")
    unique = f"u{call.file_id}"
    return {"file_id": call.file_id, "file_unique_id": unique, "file_size": size, "file_path": f"documents/{name}"}


def _text(text: str) -> None:
    if not text.strip():
        raise bad("message text is empty")
    if len(text.encode("utf-16-le")) // 2 > rules.LONGEST_TEXT:
        raise bad("message is too long")


def _reply_to(chat: Chat, call: Any) -> int | None:
    asked = call.reply_parameters
    if asked is None or asked.message_id in chat.messages:
        return None if asked is None else int(asked.message_id)
    if asked.allow_sending_without_reply is True:
        return None
    raise bad("message to be replied not found")


def _markup(call: Any) -> dict[str, Any] | None:
    if call.reply_markup is None:
        return None
    told: dict[str, Any] = call.reply_markup.model_dump(mode="json", exclude_none=True)
    for row in told.get("inline_keyboard", []):
        for button in row:
            if len(button.get("callback_data", "").encode()) > 64:
                raise bad("BUTTON_DATA_INVALID")
    return told if "inline_keyboard" in told else None


def _own(world: World, bot: Bot, call: Any, missing: str) -> Message:
    chat = rules.present(world, bot, call.chat_id)
    message = chat.messages.get(call.message_id)
    if message is None:
        raise bad(missing)
    if message.sender is None or message.sender.id != bot.account.id:
        raise bad("message can't be edited")
    return message


# -- Chats and their members -------------------------------------------------------------------------------------------


@models(methods.GetChat)
def get_chat(world: World, bot: Bot, call: Any) -> Any:
    return shown.full_chat(rules.present(world, bot, call.chat_id, reading=True))


@models(methods.GetChatMember)
def get_chat_member(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id, reading=True)
    who = world.users.get(call.user_id)
    if who is None:
        raise bad("PARTICIPANT_ID_INVALID")
    return shown.member(who, chat.member(call.user_id))


@models(methods.GetChatAdministrators)
def get_chat_administrators(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id, reading=True)
    if chat.type == "private":
        raise bad("there are no administrators in the private chat")
    high = {"creator", "administrator"}
    return [shown.member(world.users[user], one) for user, one in chat.members.items() if one.status in high]


@models(methods.LeaveChat)
def leave_chat(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    if chat.type == "private":
        raise bad("chat member status can't be changed in private chats")
    world.set_member(chat, bot.account, Member("left"))
    return True


@models(methods.RestrictChatMember)
def restrict_chat_member(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    who = rules.may_restrict(world, bot, chat, call.user_id, only_supergroups=True)
    told = call.permissions.model_dump(exclude_none=True)
    given = frozenset(name for name, value in told.items() if value)
    if set(SENDING) <= given:
        new = Member("member") if chat.member(who.id).is_there else Member("left")
    else:
        new = Member("restricted", given, _until(world, call))
    world.set_member(chat, who, new, by=bot.account)
    return True


@models(methods.BanChatMember)
def ban_chat_member(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    who = rules.may_restrict(world, bot, chat, call.user_id, only_supergroups=False)
    if who.id == bot.account.id:
        raise bad("can't restrict self")
    world.set_member(chat, who, Member("kicked", until=_until(world, call)), by=bot.account)
    return True


@models(methods.UnbanChatMember)
def unban_chat_member(world: World, bot: Bot, call: Any) -> Any:
    chat = rules.present(world, bot, call.chat_id)
    if chat.type not in {"supergroup", "channel"}:
        raise bad("method is available for supergroup and channel chats only")
    who = rules.may_restrict(world, bot, chat, call.user_id, only_supergroups=False)
    if chat.member(who.id).status == "kicked" or not call.only_if_banned:
        world.set_member(chat, who, Member("left"), by=bot.account)
    return True


@models(methods.BanChatSenderChat)
def ban_chat_sender_chat(world: World, bot: Bot, call: Any) -> Any:
    chat = _of_senders(world, bot, call)
    if call.sender_chat_id == chat.id:
        raise bad("can't ban self")
    chat.banned_chats.add(call.sender_chat_id)
    return True


@models(methods.UnbanChatSenderChat)
def unban_chat_sender_chat(world: World, bot: Bot, call: Any) -> Any:
    _of_senders(world, bot, call).banned_chats.discard(call.sender_chat_id)
    return True


def _of_senders(world: World, bot: Bot, call: Any) -> Chat:
    chat = rules.present(world, bot, call.chat_id)
    if chat.type not in {"supergroup", "channel"}:
        raise bad("method is available for supergroup and channel chats only")
    if not rules.has(chat, bot.account.id, "can_restrict_members"):
        raise bad("not enough rights to ban/unban sender chats")
    if call.sender_chat_id not in world.chats:
        raise bad("chat not found")
    return chat


def _until(world: World, call: Any) -> int:
    """Less than 30 seconds or more than 366 days from now is for ever."""
    told = call.until_date
    if told is None:
        return 0
    until = int(told.timestamp()) if hasattr(told, "timestamp") else int(told)
    return until if 30 <= until - world.now() <= 366 * 86_400 else 0
