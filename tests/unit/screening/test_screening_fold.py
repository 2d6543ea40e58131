"""Text as it is meant, in three views, and the way back to the text as it stood."""

from __future__ import annotations

import pytest

from mufakat.screening import fold_order, fold_tables
from mufakat.screening.fold import SEAM, View, fold, views

PHRASE = "pisang hijau"
MATHS = 0x1D400 - ord("A")  # Bold letters of mathematics.


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Pisang HIJAU", PHRASE),
        ("\uff50\uff49\uff53\uff41\uff4e\uff47\u3000hijau", PHRASE),  # Full width.
        ("".join(chr(ord(one) + MATHS) if one != " " else one for one in "PISANG HIJAU"), PHRASE),
        ("\u24df\u24d8\u24e2\u24d0\u24dd\u24d6 hijau", PHRASE),  # In circles.
        ("pisang\r\n\t hijau", PHRASE),
        ("pisang\u2028hijau", PHRASE),
        ("Stra\u00dfe \ufb01n", "strasse fin"),
        ("e\u0301 \u1100\u1161", "\u00e9 \uac00"),  # One letter each.
        ("\ud800", "\ud800"),
        ("", ""),
    ],
)
def test_plain_undoes_forms_case_and_blanks(text: str, folded: str) -> None:
    assert fold(text, View.PLAIN).text == folded


@pytest.mark.parametrize("text", ["pi\u200bsang hijau", "pisa\u0301ng hijau", "p1sang hijau", "pisang h-i-j-a-u"])
def test_plain_undoes_nothing_that_hides(text: str) -> None:
    assert fold(text, View.PLAIN).text != PHRASE


@pytest.mark.parametrize(
    "text",
    [
        "pi\u200bs\u200da\u00adng\ufe0f hi\u2060jau",  # Format characters, a variation selector.
        "pi\x00sang hij\x08au",
        "p\u0336i\u0336s\u0336a\u0336n\u0336g\u0336 h\u0301\u0327ijau",
        "pisang\u2800hijau",
        "\u0440is\u0430ng hij\u0430u",  # Cyrillic small letters.
        "\u0420IS\u0410NG \u041dIJ\u0410U",  # Cyrillic capitals, which look otherwise than their small ones.
        "\u03a1is\u03b1ng \u0397ij\u03b1u",  # Greek.
        "\u1d18\u026a\ua731\u1d00\u0274\u0262 hijau",  # Small capitals.
        "\U0001f15f\U0001f158sang \U0001f1ed\U0001f1eejau",  # In black circles; of flags.
        "p1s4n9 h!j@u",
        "pi$ang h1j4u",
        "pisaaang hijauuuu",
        "p i s a n g  h 1 j a u",
        "p i s a n g\nhijau",
        "p.i.s.a.n.g h-i-j-a-u",
        "p_1_s_4_n_g h\U0001f600i\U0001f600j\U0001f600a\U0001f600u",
    ],
)
def test_bare_undoes_what_hides(text: str) -> None:
    assert fold(text, View.BARE).text == PHRASE


@pytest.mark.parametrize(
    "text",
    [
        "100",
        "$5.000",
        "50% @ 3",
        "08123456789",
        "pisang!",
        "hijau!!",
        "!",
        "a-1",
        "17:30",
        "\u20ac5",
        "a @ b",
        "a-b",
        "e.g.",
        "1.2.3.4",
        "xxx",
    ],
)
def test_numbers_and_signs_between_words_stay(text: str) -> None:
    assert fold(text, View.BARE).text == text


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("yg dgn gk", "yang dengan tidak"),
        ("YG, y9!", "yang, yang!"),
        ("anak2", "anak anak"),
        ("anak2nya \u0061nak\u00b2", "anak anaknya anak anak"),
        ("ank2", "anak anak"),
        ("gpp", "tidak apa apa"),
        ("ag yga", "ag yga"),  # Only whole words.
        ("ya2", "ya2"),
    ],
)
def test_bare_reads_the_spelling_of_chats(text: str, folded: str) -> None:
    assert fold(text, View.BARE).text == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("p i s a n g h.i.j-a,u", "pisanghijau"),
        ("pisanghijau", "pisanghijau"),
        ("pisaang hijauu", "pisanghijau"),
        ("I1l vvw", "iv"),  # What looks alike in plain letters.
        ("pi\U0001f600sang 77 hi_jau", "pisanghijau"),
        ("1234", ""),
    ],
)
def test_letters_are_all_that_is_left(text: str, folded: str) -> None:
    assert fold(text, View.LETTERS).text == folded


@pytest.mark.parametrize(
    ("text", "view", "found", "place"),
    [
        ("ya PISANG hijau", View.PLAIN, "pisang hijau", "PISANG hijau"),
        ("ya pisang \n hijau", View.PLAIN, "g h", "g \n h"),
        ("ya \ufb01ng", View.PLAIN, "ing", "\ufb01ng"),
        ("x\u0301 e\u0301", View.PLAIN, "\u00e9", "e\u0301"),
        ("ya p\u200bi\u0301sang ok", View.BARE, "pisang", "p\u200bi\u0301sang"),
        ("ya p1sang ok", View.BARE, "is", "1s"),
        ("ya gpp ok", View.BARE, "apa", "gpp"),
        ("ya anak2nya ok", View.BARE, "anaknya", "anak2nya"),
        ("ya p i s  ok", View.BARE, "pis", "p i s"),
        ("ya p-i-s ok", View.BARE, "pis", "p-i-s"),
        ("ya biiisa ok", View.BARE, "is", "iiis"),
        ("ya p-i-i-s ok", View.LETTERS, "pis", "p-i-i-s"),
    ],
)
def test_what_is_found_is_shown_where_it_stands(text: str, view: View, found: str, place: str) -> None:
    folded = fold(text, view)
    start = folded.text.index(found)
    begin, end = folded.span(start, start + len(found))
    assert text[begin:end] == place


def test_overridden_text_is_there_as_stored_and_as_read() -> None:
    text = "ya \u202euajih gnasip\u202c ok"
    folded = fold(text, View.BARE)
    assert folded.text == f"ya uajih gnasip ok{SEAM}ya pisang hijau ok"
    start = folded.text.index(PHRASE)
    begin, end = folded.span(start, start + len(PHRASE))
    assert text[begin:end] == "uajih gnasip"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ab", None),
        ("\u202eba", "ab"),
        ("\u202ec\u202dab\u202cd", "dabc"),  # A run within, which is not turned.
        ("\u202e\u2066ba\u202c\u2069c", "cba"),  # The end of an override within an isolate ends nothing outside.
        ("\u202eba\nba", "ab\nba"),  # A paragraph ends it.
        ("\u202cab\u2069", None),
    ],
)
def test_order_is_that_of_reading(text: str, read: str | None) -> None:
    order = fold_order.as_read(text)
    seen = None if order is None else "".join(text[place] for place in order if text[place].isascii())
    assert seen == read


def test_a_text_with_nothing_to_undo_is_folded_once() -> None:
    found = views("pisang hijau, pisang kuning.")
    assert found[View.BARE] is found[View.PLAIN]


def test_chat_spelling_leads_no_further() -> None:
    chat = fold_tables.chat()
    assert [meant for meant in chat.values() for word in meant.split() if word in chat] == []


def test_chat_spelling_says_of_each_word_one_thing() -> None:
    spellings = [spelling for _, spelling in fold_tables._pairs("chat.txt")]
    assert len(spellings) == len(set(spellings))


def test_chat_spelling_is_written_in_letters() -> None:
    assert [one for one in fold_tables.chat() if not (one.isascii() and one.isalpha() and one.islower())] == []


def test_tables_lead_to_plain_letters() -> None:
    letters = {*fold_tables.leet().values(), *fold_tables.look_alikes().values()}
    assert letters <= set("abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301\u0327" * 20_000,
        "\u202ea\u202db" * 10_000,
        "\u2066\u202e" * 10_000 + "\u2069" * 10_000,
        "\x00" * 40_000,
        "\ud800" * 40_000,
        "a1" * 20_000,
        " \n" * 20_000,
        "a" * 40_000 + "2",
    ],
    ids=["marks", "overrides", "isolates", "nul", "surrogates", "leet", "blanks", "doubled"],
)
def test_hostile_text_is_folded(text: str) -> None:
    found = views(text)
    assert all(len(folded.begins) == len(folded.text) for folded in found.values())
