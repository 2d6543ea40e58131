"""Every method of the Bot API as aiogram models it: what a call may hold, and what an answer must be."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from aiogram import methods
from aiogram.methods import TelegramMethod
from aiogram.types import InputFile, TelegramObject, Update
from pydantic import BaseModel, TypeAdapter, ValidationError
from tests.telegram.botapi.problems import NOT_FOUND, bad

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BY_NAME: dict[str, type[TelegramMethod[Any]]] = {
    found.__api_method__.lower(): found
    for name in methods.__all__
    if isinstance(found := getattr(methods, name), type)
    and issubclass(found, TelegramMethod)
    and isinstance(found.__api_method__, str)
}
"""The Bot API reads a method's name without regard to case."""


class UnknownParametersError(Exception):
    """A call names what the method does not know; Telegram passes it over, a test does not."""


class File(InputFile):
    """A file that came with a call."""

    def __init__(self, content: bytes, filename: str | None) -> None:
        super().__init__(filename=filename)
        self.content = content

    async def read(self, bot: Any) -> Any:  # noqa: ARG002 - as the library asks.
        yield self.content


def method_of(name: str) -> type[TelegramMethod[Any]]:
    """The class of a method, or 404."""
    found = BY_NAME.get(name.lower())
    if found is None:
        raise NOT_FOUND
    return found


def read(method: type[TelegramMethod[Any]], told: Mapping[str, Any]) -> Any:
    """The call as aiogram's class has it, or 400."""
    unknown = set(told) - set(method.model_fields)
    if unknown:
        raise UnknownParametersError(f"{method.__api_method__} knows no {', '.join(sorted(unknown))}")
    values = {name: _value(method, name, value) for name, value in told.items()}
    for name, field in method.model_fields.items():
        if field.is_required() and values.get(name) in (None, ""):
            raise bad(f'parameter "{name}" is required' if name != "text" else "message text is empty")
    try:
        return method.model_validate(values)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise bad(f"can't parse {place}: {error.errors()[0]['msg']}") from None


def _value(method: type[TelegramMethod[Any]], name: str, value: Any) -> Any:
    """A form holds text alone: what a field does not take as text is JSON."""
    if not isinstance(value, str):
        return value
    adapter = _adapter(method, name)
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


@cache
def _adapter(method: type[TelegramMethod[Any]], name: str) -> TypeAdapter[Any]:
    from pydantic import ConfigDict

    kind: Any = method.model_fields[name].annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return TypeAdapter(kind)
    return TypeAdapter(kind, config=ConfigDict(arbitrary_types_allowed=True))


@cache
def _returning(method: type[TelegramMethod[Any]]) -> TypeAdapter[Any]:
    return TypeAdapter(method.__returning__)


_UPDATE = TypeAdapter(Update)


def sound_answer(method: type[TelegramMethod[Any]], answer: Any) -> Any:
    """The answer, once it was seen to be what the method returns, with no member that the type does not know."""
    _no_strangers(_returning(method).validate_python(answer))
    return answer


def sound_update(update: dict[str, Any]) -> dict[str, Any]:
    """The same of an update."""
    _no_strangers(_UPDATE.validate_python(update))
    return update


def _no_strangers(value: Any) -> None:
    for one in _models(value):
        if one.model_extra:
            raise AssertionError(f"{type(one).__name__} knows no {', '.join(one.model_extra)}")


def _models(value: Any) -> Iterator[TelegramObject]:
    if isinstance(value, list):
        for one in value:
            yield from _models(one)
    elif isinstance(value, TelegramObject):
        yield value
        for name in type(value).model_fields:
            yield from _models(getattr(value, name))
