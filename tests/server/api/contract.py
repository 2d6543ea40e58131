"""The schema as the measure: what an answer must be, read from OpenAPI alone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # It has no types.
from tests.server.api.doors import get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.api.doors import Reply

METHODS = ("get", "put", "post", "delete", "patch")


def described() -> dict[str, Any]:
    """The schema that the house serves."""
    return get("/api/v1/openapi.json").json()


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, address and description of everything that can be asked."""
    for path, found in schema["paths"].items():
        for method, operation in found.items():
            assert method in METHODS
            yield method, path, operation


def bodies(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A name and the description of every body that is sent or answered."""
    for method, path, operation in operations(schema):
        for media, said in operation.get("requestBody", {"content": {}})["content"].items():
            yield f"{method} {path} takes {media}", said
        for status, response in operation["responses"].items():
            for media, said in response.get("content", {}).items():
                yield f"{method} {path} answers {status} {media}", said


def examples_of(said: dict[str, Any]) -> list[Any]:
    """The examples of a body or parameter."""
    found = [said["example"]] if "example" in said else []
    return found + [one["value"] for one in said.get("examples", {}).values()]


def faults(schema: dict[str, Any], shape: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with a value, in words."""
    judge = Draft202012Validator({**shape, "components": schema["components"]})
    return [f"{error.json_path}: {error.message[:200]}" for error in judge.iter_errors(value)]


def template_of(schema: dict[str, Any], path: str) -> str:
    """The address of the schema that a real address is one of; a plain one goes before one with a parameter."""
    bare = path.partition("?")[0]
    found = [one for one in schema["paths"] if re.fullmatch(re.sub(r"\\{[a-z_0-9]+\\}", "[^/]+", re.escape(one)), bare)]
    return min(found, key=lambda one: one.count("{"))


def breaches(schema: dict[str, Any], method: str, path: str, answer: Reply) -> list[str]:
    """Where a real answer breaks what the schema says."""
    operation = schema["paths"][template_of(schema, path)][method.lower()]
    response = operation["responses"].get(str(answer.status))
    if response is None:
        return [f"{method} {path}: {answer.status} is not documented: {answer.body[:200]!r}"]
    found = []
    for name, header in response["headers"].items():
        value = answer.headers.get(name.lower())
        if value is None:
            found += [f"{name} is missing"] if header.get("required") else []
        else:
            found += [f"{name}: {fault}" for fault in faults(schema, header["schema"], value)]
    media = answer.headers["content-type"].partition(";")[0]
    if media not in response["content"]:
        return [*found, f"{media} is not documented"]
    shape = response["content"][media]["schema"]
    if media == "application/x-ndjson":
        found += [fault for line in answer.body.splitlines() for fault in faults(schema, shape, json.loads(line))]
    else:
        found += faults(
            schema, shape, json.loads(answer.body) if media.endswith("json") else answer.body.decode("utf-8", "replace")
        )
    return [f"{method} {path} → {answer.status}: {fault}" for fault in found]
