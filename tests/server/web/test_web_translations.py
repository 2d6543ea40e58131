"""Every word of the pages is there in Indonesian, and the compiled file is what the text says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation
from tests.server.web import web_messages

from mufakat.locator.kinds import Kind, Surface
from mufakat.rules.clock import ClockState
from mufakat.rules.contact import ContactRole, ContactState, DrillCause, DrillState
from mufakat.rules.events import COMMITTED, EventType
from mufakat.rules.filtering import EntryState, HitState, NotificationState, Origin, PolicyState, RestoringState
from mufakat.rules.guard import Code, Verdict
from mufakat.rules.lifecycle import OPEN_STATES, NoticeState
from mufakat.rules.mandate import MandateState
from mufakat.rules.notice import Category, MeasureName, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.rules.profile import Certainty, load, names
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import CarryingState, Match, RestrictionState, Sighting
from mufakat.rules.restriction_checks import Lack
from mufakat.screening.bank import BankKind
from mufakat.screening.item import Action, ItemKind
from mufakat.screening.policy import Mode
from mufakat.server.notices.import_queries import ImportState
from mufakat.server.restrictions.resolvers import ResolverState
from mufakat.server.web import restriction_words, screening_words, words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PLACE = re.compile(r"%\(\w+\)s|%d|\{\w+\}|<[^>]+>")
OPENED = (
    *("notice.", "agreement.", "point.", "obligation.", "reopening.", "profile.", "key."),
    *("warning.", "objective.", "review.", "followup.", "report."),
    *("restriction.", "name.", "resolver."),
    *("bank.", "entries.", "policy.", "filter.", "hit.", "notification.", "counts.", "restoring."),
)
WORDED = (*OPENED, "hold.", "mandate.")
TABLES: list[tuple[Any, Iterable[str]]] = [
    (words.KINDS, NoticeKind),
    (words.CATEGORIES, Category),
    (words.URGENCIES, Urgency),
    (words.STATES, NoticeState),
    (words.OURS_NEXT, OPEN_STATES),
    (words.THEIRS_NEXT, OPEN_STATES),
    (words.NOBODY_NEXT, set(NoticeState) - OPEN_STATES),
    (words.MEASURES, MeasureName),
    (words.CLOCK_STATES, ClockState),
    (words.CERTAINTIES, Certainty),
    (words.PARTY_KINDS, PartyKind),
    (words.ROLES, Role),
    (words.LINKS, Kind),
    (words.IMPORT_STATES, ImportState),
    (words.CONTACT_ROLES, ContactRole),
    (words.CONTACT_STATES, ContactState),
    (words.DRILL_STATES, DrillState),
    (words.DRILL_CAUSES, DrillCause),
    (words.SURFACES, Surface),
    (words.MANDATE_STATES, MandateState),
    (restriction_words.STATES, RestrictionState),
    (restriction_words.NEXT, RestrictionState),
    (restriction_words.MATCHES, Match),
    (restriction_words.LAYERS, Layer),
    (restriction_words.CARRYING, CarryingState),
    (restriction_words.SIGHTINGS, Sighting),
    (restriction_words.LACKS, Lack),
    (restriction_words.FINDINGS, Code),
    (restriction_words.VERDICTS, Verdict),
    (restriction_words.RESOLVERS, ResolverState),
    (screening_words.BANK_KINDS, BankKind),
    (screening_words.ENTRY_STATES, EntryState),
    (screening_words.ORIGINS, Origin),
    (screening_words.POLICY_STATES, PolicyState),
    (screening_words.POLICY_NEXT, PolicyState),
    (screening_words.MODES, Mode),
    (screening_words.ACTIONS, Action),
    (screening_words.ITEM_KINDS, ItemKind),
    (screening_words.HIT_STATES, HitState),
    (screening_words.HIT_NEXT, HitState),
    (screening_words.NOTIFICATION_STATES, NotificationState),
    (screening_words.RESTORINGS, RestoringState),
    (words.EVENTS, [type_ for type_ in EventType if type_.startswith(WORDED)]),
    (words.CLOCKS, {clock.name for name in names() for clock in load(name).clocks}),
    (words.FIELDS, {f for type_, fields in COMMITTED.items() if type_.startswith(OPENED) for f in fields}),
]


@pytest.fixture(autouse=True)
def django_is_set_up(prepared: Path) -> None:
    """The templates need it."""


def test_every_message_has_its_indonesian() -> None:
    there = {entry.msgid for entry in web_messages.catalogue() if entry.translated()}
    assert [message for message, _ in web_messages.wanted() if message not in there] == []


def test_no_message_is_left_over() -> None:
    wanted = {message for message, _ in web_messages.wanted()}
    assert [entry.msgid for entry in web_messages.catalogue() if entry.msgid not in wanted] == []


def test_no_translation_is_in_doubt() -> None:
    catalogue = web_messages.catalogue()
    assert (catalogue.fuzzy_entries(), catalogue.untranslated_entries()) == ([], [])


def test_the_compiled_file_is_what_the_text_says() -> None:
    assert (web_messages.FOLDER / "django.mo").read_bytes() == web_messages.compiled()


def test_places_and_tags_stay_as_they_are() -> None:
    wrong = [
        entry.msgid
        for entry in web_messages.catalogue()
        for text in [entry.msgstr, *entry.msgstr_plural.values()]
        if text and sorted(PLACE.findall(entry.msgid)) != sorted(PLACE.findall(text))
    ]
    assert wrong == []


def test_every_code_has_its_word() -> None:
    missing = [str(code) for table, codes in TABLES for code in codes if code not in table]
    assert missing == []


def test_a_code_without_a_word_stands_for_itself() -> None:
    assert words.coded(words.CLOCKS, "answer_by_noon") == ("answer_by_noon", "answer by noon")


def test_the_words_are_said_in_the_readers_language() -> None:
    with translation.override("id"):
        said = str(words.STATES[NoticeState.RECEIVED])
    assert said == "Diterima"
