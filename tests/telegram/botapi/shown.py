"""People, chats, members and messages as the Bot API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.telegram.botapi.world import Chat, Member, Message, User, World


def bare(**told: Any) -> dict[str, Any]:
    """Without what there is not."""
    return {name: value for name, value in told.items() if value is not None}


def user(one: User) -> dict[str, Any]:
    return bare(id=one.id, is_bot=one.is_bot, first_name=one.first_name, username=one.username)


def chat(one: Chat) -> dict[str, Any]:
    first_name = "Penulis" if one.type == "private" else None
    return bare(id=one.id, type=one.type, title=one.title, username=one.username, first_name=first_name)


def full_chat(one: Chat) -> dict[str, Any]:
    from tests.telegram.botapi.world import SENDING

    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    more: dict[str, Any] = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
    if one.type in {"group", "supergroup"}:
        more["permissions"] = {name: name in one.permissions for name in SENDING}
    return {**chat(one), **more}


def member(who: User, one: Member) -> dict[str, Any]:
    from tests.telegram.botapi.world import ADMINISTRATOR, SENDING

    told: dict[str, Any] = {"user": user(who), "status": one.status}
    if one.status == "creator":
        told["is_anonymous"] = False
    elif one.status == "administrator":
        told |= {name: name in one.rights for name in ADMINISTRATOR} | {"can_be_edited": False, "is_anonymous": False}
    elif one.status == "restricted":
        more = ("can_edit_tag", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics")
        told |= {name: name in one.rights for name in (*SENDING, *more)} | {"is_member": True, "until_date": one.until}
    elif one.status == "kicked":
        told["until_date"] = one.until
    return told


def message(one: Message, world: World) -> dict[str, Any]:
    told = bare(
        message_id=one.id,
        date=one.date,
        chat=chat(one.chat),
        text=one.text,
        caption=one.caption,
        edit_date=one.edited,
        entities=one.entities if one.text is not None and one.entities else None,
        caption_entities=one.entities if one.caption is not None and one.entities else None,
        reply_markup=one.markup,
    )
    if one.sender is not None:
        told["from"] = user(one.sender)
    if one.sender_chat is not None:
        told["sender_chat"] = chat(one.sender_chat)
    if one.file is not None:
        told["document"] = document(one.file, world)
    if one.service:
        told["group_chat_created"] = True
    if one.reply_to is not None and one.reply_to in one.chat.messages:
        before = one.chat.messages[one.reply_to]
        told["reply_to_message"] = bare(message_id=before.id, date=before.date, chat=chat(before.chat))
    return told


def document(file: str, world: World) -> dict[str, Any]:
    content, name = world.files[file]
    size = content if isinstance(content, int) else len(content)
    return {"file_id": file, "file_unique_id": f"u{file}", "file_name": name, "file_size": size}
