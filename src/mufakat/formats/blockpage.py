"""What somebody sees who asks for a closed name over plain http: 451 (RFC 7725), with the authority behind it. Pure.

In both languages, since nobody knows who asks. Over https no page can be shown without a false certificate, and none
is: there the honest answer is that the name is not there (docs/operators.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

STATUS: Final = 451
_HOST: Final = "host.invalid"

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}h1{font-size:1.5rem}dt{font-weight:600}dd{margin:0 0 .75rem}hr{margin:2rem 0}"
    "a{color:#0b4f9e}code{overflow-wrap:anywhere}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#8ab8f0}}"
)
_WORDS: Final = {
    "en": {
        "title": "This name is closed by order of an authority",
        "lead": "Your operator was ordered to close this name. It did not decide so itself.",
        "name": "Name",
        "issuer": "Ordered by",
        "ground": "On the ground of",
        "until": "Until",
        "ends": "It opens then by itself, or earlier if the order is lifted.",
        "object": "What you can do",
        "look_up": "See the order, whether it is lifted, and how to object",
    },
    "id": {
        "title": "Nama ini ditutup atas perintah pihak berwenang",
        "lead": "Operator Anda diperintahkan menutup nama ini. Operator tidak memutuskannya sendiri.",
        "name": "Nama",
        "issuer": "Diperintahkan oleh",
        "ground": "Berdasarkan",
        "until": "Sampai",
        "ends": "Setelah itu nama ini terbuka dengan sendirinya, atau lebih awal bila perintah dicabut.",
        "object": "Yang dapat Anda lakukan",
        "look_up": "Lihat perintahnya, apakah sudah dicabut, dan cara mengajukan keberatan",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a name is closed: by whom, on which ground, until when (RFC 3339), and where people look it up."""

    issuer: str
    ground: str
    until: str
    look_up: str


def headers(reasons: Sequence[Reason]) -> list[tuple[str, str]]:
    """The headers of the answer; `Link` names who ordered it, which is not who carries it out (RFC 7725, section 4)."""
    links = dict.fromkeys(one.look_up for one in reasons if _is_address(one.look_up))
    return [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),  # It opens without a word to any cache.
        (
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        *(("Link", f'<{link}>; rel="blocked-by"') for link in links),
    ]


def page(name: str, reasons: Sequence[Reason]) -> bytes:
    """The page of a name and of everything that closes it."""
    return _whole([_section(language, words, name, reasons) for language, words in _WORDS.items()])


def squid_template(look_up: str) -> bytes:
    """The page as Squid's template `ERR_451`, where Squid itself has to say it.

    Squid fills `%H`, the host that was asked for, and knows no more of it: who ordered it and until when is behind the
    link.
    """
    made = _whole(
        [
            _section(language, words, _HOST, [Reason(issuer="", ground="", until="", look_up=look_up)])
            for language, words in _WORDS.items()
        ]
    )
    return made.replace(b"%", b"%%").replace(_HOST.encode(), b"%H")


def _whole(sections: Sequence[str]) -> bytes:
    title = " / ".join(words["title"] for words in _WORDS.values())
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "<hr>\n".join(sections)
        + "</main>\n</body>\n</html>\n"
    ).encode()


def _section(language: str, words: dict[str, str], name: str, reasons: Sequence[Reason]) -> str:
    said = [f'<section lang="{language}">\n<h1>{words["title"]}</h1>\n<p>{words["lead"]}</p>\n']
    said += [_reason(words, name, one) for one in reasons]
    return "".join(said) + "</section>\n"


def _reason(words: dict[str, str], name: str, reason: Reason) -> str:
    lines = [(words["name"], f"<code>{escape(name)}</code>")]
    if reason.issuer:
        lines.append((words["issuer"], escape(reason.issuer)))
    if reason.ground:
        lines.append((words["ground"], escape(reason.ground)))
    if reason.until:
        shown = reason.until[:16].replace("T", " ")
        lines.append(
            (words["until"], f'<time datetime="{escape(reason.until)}">{escape(shown)} UTC</time>. {words["ends"]}')
        )
    if _is_address(reason.look_up):
        place = f"{reason.look_up}?name={quote(name, safe='')}"
        lines.append((words["object"], f'<a href="{escape(place)}" rel="nofollow">{words["look_up"]}</a>'))
    return "<dl>\n" + "".join(f"<dt>{term}</dt><dd>{text}</dd>\n" for term, text in lines) + "</dl>\n"


def _is_address(text: str) -> bool:
    """Whether it can stand in a header and behind a link."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "<>\\^`{|}')
    return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)
