"""The second part of a profile: each fault has its line; what this program allows is narrowed, never widened."""

import pytest

from mufakat.rules import profile, profile_power_checks
from mufakat.rules.errors import BadProfileError
from mufakat.rules.notice import MeasureName, NoticeKind

TEXT = profile.text_of("id-mr5-2020").decode()


def faults_of(text):
    with pytest.raises(BadProfileError) as caught:
        profile.parse(text.encode())
    return caught.value.faults


EMERGENCY = "/restriction/emergency/value"
MALFORMED = [
    # Old text, new text (the first occurrence is replaced), where the fault is, words of its reason.
    ("    senders: [regulator]\n", "    senders: [member]\n", "/kinds/3/senders/0", "never sends order"),
    (
        "    senders: [regulator]\n",
        "    senders: [regulator, regulator]\n",
        "/kinds/3/senders/1",
        "already",
    ),
    ("    senders: [regulator]\n", "    senders: []\n", "/kinds/3/senders", "At least 1"),
    ("  - kind: order\n", "  - kind: request\n", "/kinds/3/kind", "already"),
    ("{field: evidence,", "{field: explanation,", "/kinds/0/required/0/field", "is not one of: legal_ground"),
    ("{measure: disable,", "{measure: remove,", "/measures/1/measure", "already"),
    ("who: affected, clock: appeal_window", "who: affected, clock: nap", "/remedies/2/clock", "no clock called nap"),
    ("remedy: appeal, who: affected", "remedy: reopening, who: recipient", "/remedies/3/remedy", "already"),
    ("tells: affected, of: asked", "tells: affected, of: decision", "/publicity/2/of", "already"),
    (
        "emergency: {value: {elapsed: PT72H}",
        "emergency: {value: {elapsed: PT73H}",
        "/restriction/emergency/value",
        "72",
    ),
    (
        "emergency: {value: {elapsed: PT72H}",
        "emergency: {value: {undue_delay: PT1H}",
        "/restriction/emergency/value",
        "72",
    ),
    ("longest: {value: {elapsed: P90D}", "longest: {value: {at_once: true}", "/restriction/longest/value", "passes"),
    (
        "review_every: {value: {elapsed: P30D}",
        "review_every: {value: {working: P5D, calendar: home}",
        "/restriction/review_every/value/calendar",
        "calendar home is not listed",
    ),
    ("{value: approver-2,", "{value: officer,", "/restriction/legal_review/value", "approves restrictions"),
    ("{value: approver-2,", "{value: approver-02,", "/restriction/legal_review/value", "approves restrictions"),
    ("{value: [dns, url],", "{value: [dns, dns],", "/restriction/layers/value/1", "already"),
    ("{value: [dns, url],", "{value: [ip],", "/restriction/layers/value/0", "is not one of: dns, url"),
    ("  needs_order:", "  needs_orders:", "/restriction/needs_order", "is required"),
    ("  - name: normalisation\n    owner", "  - name: terms\n    owner", "/points/3/name", "holds the frame"),
    (
        "  - name: normalisation\n    owner",
        "  - name: orders_in_time\n    owner",
        "/points/3/name",
        "already",
    ),
    (
        "    owner: platform\n",
        "    owner: telegram\n",
        "/points/0/owner",
        "is not one of: regulator, platform",
    ),
    (
        "{kind: representative_reachable, every_days: 90}",
        "{kind: representative_reachable, party: regulator}",
        "/points/0/obligations/0/party",
        "with nothing else",
    ),
    (
        "{kind: representative_reachable, every_days: 90}",
        "{kind: mandate_granted, party: kominfo}",
        "/points/0/obligations/0/party",
        "names sides and no parties",
    ),
    (
        "{kind: representative_reachable, every_days: 90}",
        "{kind: mandate_granted}",
        "/points/0/obligations/0/party",
        "Whose mandate",
    ),
    ("{kind: confirmed, every_days: 180}", "{kind: within_scope}", "/points/2/obligations/1/kind", "already"),
    ("[liaison_officers, orders_in_time", "[representatives, orders_in_time", "/reopening/all_of/0", "no point called"),
    (
        "[liaison_officers, orders_in_time",
        "[orders_in_time.paid, x",
        "/reopening/all_of/0",
        "obligation called paid",
    ),
    ("[liaison_officers, orders_in_time", "[orders_in_time, orders_in_time", "/reopening/all_of/1", "already"),
    ("  all_of: [liaison_officers, orders_in_time, normalisation]", "  all_of: []", "/reopening", "never holds"),
    ('    sources: [mr5]\n    article: "Pasal 14(1), 15(1)"', "    sources: [law]", "/kinds/0/sources/0", "not listed"),
    ('certainty: ours, note: "Takes nothing away."', "certainty: memory", "/measures/10/certainty", "names the source"),
]


@pytest.mark.parametrize(
    ("old", "new", "pointer", "words"), MALFORMED, ids=[f"{row[2]} {row[1][:30]}" for row in MALFORMED]
)
def test_what_does_not_fit_is_refused_with_line_and_reason(old, new, pointer, words):
    assert old in TEXT
    found = [
        (fault.pointer, fault.line is not None)
        for fault in faults_of(TEXT.replace(old, new, 1))
        if words in fault.detail
    ]
    assert (pointer, True) in found


def test_a_word_for_a_category_that_is_not_there_is_refused():
    more = "\nalso_called:\n  - {code: narcotics, called: napza, certainty: ours}\n"
    line = "  - {code: narcotics, called: kelas_a"
    without = "".join(each for each in TEXT.splitlines(keepends=True) if not each.startswith(line))
    assert "/also_called/0/code" in [fault.pointer for fault in faults_of(without + more)]
    assert profile.parse((TEXT + more).encode()).also_called[0].called == "napza"


def test_where_measures_are_listed_no_other_one_is_allowed():
    tco, old = profile.load("eu-tco"), profile.load("id-2017")
    assert [name for name in MeasureName if tco.allows(name)] == ["remove", "disable", "geo_restrict", "preserve"]
    assert all(old.allows(name) for name in MeasureName)


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_says_who_may_send_which_notice(name):
    found = profile.load(name)
    assert {rule.kind for rule in found.kinds} == set(NoticeKind)
    assert found.points
    texts = [text for point in found.points for text in (point.text.id, point.text.en, point.title.id, point.title.en)]
    assert all(texts)


@pytest.mark.parametrize("name", profile.names())
def test_what_is_ours_has_no_source_that_says_so(name):
    found = profile.load(name)
    ours = [line for _, line in profile_power_checks.lines(found) if line.certainty == "ours"]
    assert [line for line in ours if line.sources] == []


def test_the_points_of_2017_are_the_six_that_were_talked_about():
    found = profile.load("id-2017")
    six = (
        *("government_channel", "trusted_flagger", "representative", "filtering_governance"),
        *("self_censoring", "web_block_and_reopen"),
    )
    assert tuple(point.name for point in found.points) == six
    assert found.reopening is not None
    assert found.reopening.all_of == six
    assert found.restriction is not None
    assert (found.restriction.longest.value.elapsed, found.restriction.longest.certainty) == ("P90D", "ours")
    assert found.restriction.legal_review is not None
    assert found.restriction.legal_review.value == "approver-2"
