from __future__ import annotations

from tests.houses import NOTICE

from mufakat.client import Client


def test_a_question_is_asked_and_answered_and_everybody_holds_receipts(server):
    with (
        Client(server.url, server.token("kominfo", "officer")) as ministry,
        Client(server.url, server.token("telegram", "representative")) as platform,
    ):
        ministry.trust()
        platform.trust()
        notice = ministry.submit(NOTICE).id
        assert "fetched_at" not in ministry.notice(notice).raw
        platform.notice(notice)
        assert "seen_at" in platform.seen(notice).raw
        asked = platform.reply(notice, "Which one?", key="first")
        assert platform.reply(notice, "Which one?", key="first").raw == asked.raw
        answered = ministry.reply(notice, "The second.")
        assert [(one.party, one.text) for one in platform.messages(notice)] == [
            ("telegram", "Which one?"),
            ("kominfo", "The second."),
        ]
        assert platform.verify(asked).notice == ministry.verify(answered).notice == notice
        assert platform.hand_over(notice, to="reviewer", note="Yours.").raw["in_hands_of"] == "reviewer"
        shown = ministry.notice(notice).raw
        assert ("fetched_at" in shown, "in_hands_of" in shown) == (True, False)
        assert "in_hands_of" not in platform.hand_over(notice, to=None).raw
