"""Write the table of look-alikes anew from Unicode's own: ``python tools/confusables.py confusables.txt``.

Of https://www.unicode.org/Public/security/latest/confusables.txt only characters are kept that can be in a host name
(UTS 46), and what they look like is written in lower case, as names are.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import ada_url

TABLE = Path(__file__).parents[1] / "src/mufakat/locator/confusables.txt"
LINE = re.compile(r"([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA")
ASCII = re.compile(r"[a-z0-9-]")
WRITTEN = re.compile(r"[a-z0-9-]+")
WIDTH = 120


def written(code: str) -> str:
    """The text of code points in hexadecimal digits."""
    return "".join(chr(int(one, 16)) for one in code.split())


def can_be_in_a_name(character: str) -> bool:
    """Whether UTS 46 leaves it as it is in a label: alone, doubled, or between letters."""
    if character.isascii():
        return ASCII.fullmatch(character) is not None
    for text in (f"a{character}a", character, character * 2):
        try:
            label = ada_url.idna_to_ascii(text).decode()
        except (UnicodeEncodeError, ValueError):
            continue
        if WRITTEN.fullmatch(label) and ada_url.idna_to_unicode(label) == text:
            return True
    return False


def in_names() -> set[str]:
    """Every character that can be in a name, with the parts into which it comes apart (NFD)."""
    found: set[str] = set()
    for point in (*range(0xD800), *range(0xE000, 0x110000)):
        if can_be_in_a_name(chr(point)):
            found.update((chr(point), *unicodedata.normalize("NFD", chr(point))))
    return found


def folded(text: str, table: dict[str, str]) -> str:
    """What a text looks like, in lower case: the table is asked again until it says the same."""
    for _ in range(8):
        parts = unicodedata.normalize("NFD", text.lower())
        after = unicodedata.normalize("NFD", "".join(table.get(one, one) for one in parts))
        if after == text:
            break
        text = after
    return text


def main(source: str) -> None:
    """Read Unicode's file and write ours, with its licence."""
    text = Path(source).read_text(encoding="utf-8-sig")
    table = {written(found[1]): written(found[2]) for found in map(LINE.match, text.splitlines()) if found}
    alike = defaultdict(list)
    for character in sorted(in_names() & table.keys()):
        if (looks := folded(character, table)) != character:
            alike[looks].append(character)
    version = re.search(r"^# (Version: .*)$", text, re.MULTILINE)
    head = TABLE.read_text(encoding="utf-8").split("\n\n", 1)[0]
    head = re.sub(r"^# Version: .*$", f"# {version[1] if version else 'Version: unknown'}", head, flags=re.MULTILINE)
    lines = [
        f"{' '.join(f'{ord(one):x}' for one in looks)}: {' '.join(f'{ord(one):x}' for one in found)}"
        for looks, found in sorted(alike.items())
    ]
    TABLE.write_text("\n".join([head, "", *lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
