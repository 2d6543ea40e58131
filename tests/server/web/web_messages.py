"""What of the pages is to be translated, found in templates and code; and the compiled file, made from the text.

Run as a program it writes the compiled file anew.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polib  # type: ignore[import-untyped]  # It ships no types.
from django.template import Engine, Origin, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

import mufakat.server.web

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(mufakat.server.web.__file__).parent
FOLDER = ROOT / "locale" / "id" / "LC_MESSAGES"
CALLS = {"_", "gettext", "gettext_lazy"}

Message = tuple[str, str | None]  # Singular, and plural where there is one.


def wanted() -> list[Message]:
    """Every message, sorted."""
    return sorted({*in_templates(), *in_code()}, key=str)


def in_templates() -> Iterator[Message]:
    engine = Engine.get_default()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text()
        assert "{% trans " not in text, f"{path.name}: write translate"
        nodes: Any = Template(text, Origin(str(path)), engine=engine).nodelist
        for node in nodes.get_nodes_by_type(TranslateNode):
            found = node.filter_expression.var
            yield (found if isinstance(found, str) else found.literal), None
        for node in nodes.get_nodes_by_type(BlockTranslateNode):
            singular, _ = node.render_token_list(node.singular)
            plural = node.render_token_list(node.plural)[0] if node.plural else None
            trim = (lambda one: " ".join(line.strip() for line in one.strip().splitlines())) if node.trimmed else str
            yield trim(singular), trim(plural) if plural else None


def in_code() -> Iterator[Message]:
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                (text,) = node.args
                assert isinstance(text, ast.Constant), f"{path.name}:{node.lineno}: a message must be a literal"
                yield str(text.value), None


def catalogue() -> polib.POFile:
    return polib.pofile(str(FOLDER / "django.po"))


def compiled() -> bytes:
    return bytes(catalogue().to_binary())


if __name__ == "__main__":
    (FOLDER / "django.mo").write_bytes(compiled())
