"""Ten lines from the Manila and the Santa Clara principles: each is found where it is missing, with its article."""

import functools

import msgspec
import pytest

from mufakat.rules import profile, profile_lint
from mufakat.rules.notice import NoticeKind
from mufakat.rules.parties import PartyKind

MR5 = profile.text_of("id-mr5-2020").decode()

LACKING = [
    # Line of the list, what is taken from the profile, what stands there instead, and where it is found.
    (
        "legal_ground",
        '      - {field: legal_ground, certainty: primary-read, sources: [mr5], article: "Pasal 16(4)"}\n',
        "",
        "/kinds/3",
    ),
    ("order", "  needs_order: {value: true", "  needs_order: {value: false", "/restriction/needs_order"),
    ("order", "  legal_review:", "  # legal_review:", "/restriction"),
    ("sunset", "  review_every:", "  # review_every:", "/restriction"),
    (
        "sunset",
        "longest: {value: {elapsed: P90D}",
        "longest: {value: {calendar_day: Asia/Jakarta}",
        "/restriction/longest",
    ),
    ("hearing", "        weighs_reasons: true\n", "", "/ladders/2/steps/4"),
    ("hearing", "  wait_for_answer:", "  # wait_for_answer:", "/restriction"),
    ("hearing", "  reasons_weighed:\n    value: true", "  reasons_weighed:\n    value: false", "/restriction"),
    ("refusal", "  - remedy: refusal", "  - remedy: out_of_court", "/remedies"),
    ("appeal", "remedy: appeal, who: affected", "remedy: appeal, who: sender", "/remedies"),
    ("appeal", "who: affected, clock: appeal_window", "who: affected, clock: takedown_normal", "/remedies/2"),
    ("way_back", "remedy: reopening", "remedy: court", "/remedies"),
    ("notice", "{tells: affected, of: decision", "{tells: affected, of: receipt", "/publicity"),
    ("numbers", "{tells: public, of: numbers", "{tells: public, of: receipt", "/publicity"),
]


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_of_the_package_has_all_ten(name):
    assert profile.lint(profile.text_of(name)) == ()


def test_the_list_has_ten_lines_and_each_its_article():
    names = [line.name for line in profile_lint.LIST]
    assert (len(set(names)), all(line.article for line in profile_lint.LIST)) == (10, True)
    assert set(names) == {row[0] for row in LACKING} | {"authority"}


@pytest.mark.parametrize(("name", "old", "new", "pointer"), LACKING)
def test_what_is_missing_is_found_where_it_would_stand(name, old, new, pointer):
    assert old in MR5
    found = [(each.check, each.pointer, bool(each.line)) for each in profile.lint(MR5.replace(old, new, 1).encode())]
    assert found == [(name, pointer, True)]


def test_whoever_is_no_authority_does_not_command():
    found = profile.load("id-mr5-2020")
    kinds = tuple(
        msgspec.structs.replace(rule, senders=(PartyKind.MEMBER,)) if rule.kind is NoticeKind.ORDER else rule
        for rule in found.kinds
    )
    (finding,) = profile_lint.findings(msgspec.structs.replace(found, kinds=kinds))
    assert (finding.check, finding.pointer) == ("authority", "/kinds/3/senders")


def test_a_block_without_a_part_that_says_under_what_is_found_at_its_step():
    text = MR5[: MR5.index("restriction:")] + MR5[MR5.index("points:") :]
    found = profile.lint(text.encode())
    assert [(each.check, each.pointer) for each in found] == [
        ("order", "/ladders/2/steps/4"),
        ("order", "/ladders/3/steps/4"),
    ]


def test_where_a_court_orders_nobody_else_looks_at_the_law():
    text = MR5.replace("  legal_review:", "  # legal_review:").replace("senders: [regulator]", "senders: [court]")
    assert profile.lint(text.encode()) == ()


def test_a_profile_of_clocks_alone_lacks_nearly_everything():
    text = MR5[: MR5.index("# Who may ask for what")]
    found = {each.check for each in profile.lint(text.encode())}
    assert found == {"legal_ground", "order", "refusal", "appeal", "way_back", "notice", "numbers"}


def test_what_lacks_in_an_overlay_is_found_at_what_it_is_laid_over(monkeypatch):
    bad = MR5.replace("{tells: public, of: numbers", "{tells: public, of: receipt")
    monkeypatch.setattr(profile, "load", functools.cache(lambda _: profile.parse(bad.encode())))
    (finding,) = profile.lint(profile.text_of("id-saman"))
    assert (finding.check, finding.line) == ("numbers", 4)
