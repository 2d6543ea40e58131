"""The story's second half with real programs: a server, both bots, and a local server of the Bot API.

A channel posts; the engine warns and blocks; one slips through; the agency's notice about it arrives by bot; the
representative acknowledges by a button, a reviewer decides; whoever wrote what was blocked appeals by the code, and
what can be restored is restored. Fruit stands for what a platform would look for.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.agreements.talking import TITLE, frame
from tests.server.api.doors import ask
from tests.server.connectors.government_bot.telephone import Somebody
from tests.telegram.botapi import BotAPI, World
from tests.telegram.bots import until

from mufakat.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.houses import Server
    from tests.telegram.botapi import Bot, Chat, User

pytestmark = pytest.mark.fault

GOVERNMENT = "contoh_pemerintah_bot"
CONTACT = "https://keberatan.example"
BANK = "ajakan"
PHRASES = {"pisang hijau": "terrorism", "salak masam": "other"}
POLICY = """\
policy: kebun
version: 1
rules:
  - name: ajakan-block
    priority: 20
    mode: live
    when: {all_of: [{bank: ajakan, category: terrorism}]}
    then: block
    reason: {id: Dilarang oleh aturan layanan kami., en: Forbidden by our terms of service.}
  - name: kata-warn
    priority: 10
    mode: live
    when: {any_of: [{bank: ajakan, category: other}]}
    then: warn
    reason: {id: Kata-kata ini dilarang., en: These words are forbidden.}
"""


@dataclass
class Stage:
    """Everything that runs, and everybody who takes part."""

    server: Server
    api: BotAPI
    folder: Path
    stack: ExitStack
    screening: Bot = field(init=False)
    government: Bot = field(init=False)
    channel: Chat = field(init=False)
    group: Chat = field(init=False)
    team: Chat = field(init=False)
    author: User = field(init=False)
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.screening = self.api.do(World.bot)
        self.government = self.api.do(lambda world: world.bot(GOVERNMENT))
        self.channel = self.api.do(lambda world: world.chat("channel", "Kanal", "contohkanal"))
        self.group = self.api.do(lambda world: world.chat("supergroup", "Grup", "contohgrup"))
        self.team = self.api.do(lambda world: world.chat("group", "Tim"))
        self.author = self.api.do(World.user)
        self.api.do(self._populate)

    def _populate(self, world: World) -> None:
        for chat in (self.channel, self.group, self.team):
            status = "member" if chat is self.team else "administrator"
            world.join(chat, self.screening.account, status=status)
        world.join(self.group, self.author)

    # -- Who speaks with the server --

    def token(self, handle: str, seat: str) -> str:
        """One token for each seat."""
        if (handle, seat) not in self.tokens:
            self.tokens[handle, seat] = self.server.token(handle, seat)
        return self.tokens[handle, seat]

    def seat(self, handle: str, seat: str) -> Client:
        return self.stack.enter_context(Client(self.server.url, self.token(handle, seat)))

    def person(self, name: str, handle: str, seat: str) -> Somebody:
        """Somebody with a telephone, whose account is bound to a seat by a word that is good once."""
        made = Somebody.of(self.api, self.government, name)
        told = self.server.run("telegram", "bind", "--party", handle, "--role", seat, "--json").stdout
        word = json.loads(told)["link"].partition("start=")[2]
        made.write(f"/start {word}", expects=f"{handle}/{seat}")
        made.write("/en", expects="/status")
        return made

    # -- The programs --

    def program(self, *words: str, **environ: str) -> None:
        """Start a program of ours; it is stopped at the end."""
        command = [sys.executable, "-m", "mufakat.cli", "telegram", *words]
        told = {**os.environ, **environ, "COVERAGE_PROCESS_START": ""}
        log = self.stack.enter_context((self.folder / f"{words[0]}.log").open("wb"))
        made = subprocess.Popen(command, stdout=log, stderr=log, env=told)
        self.stack.callback(made.wait)
        self.stack.callback(made.terminate)

    def bots(self) -> None:
        """Start both bots."""
        token = self.token("telegram", "reviewer")
        for name, secret in (("api", token), ("bot", self.screening.token)):
            (self.folder / name).write_text(secret)
        self.program(
            *("screen", self.server.url, "--token-file", str(self.folder / "api")),
            *("--bot-token-file", str(self.folder / "bot"), "--journal", str(self.folder / "journal.sqlite3")),
            *("--telegram", self.api.url, "--tell", str(self.team.id), "--contact", CONTACT),
            *("--may-delete", "--suspend-authors", "3"),
        )
        self.program("govern", MUFAKAT_DATA=str(self.server.data), **self.server.environ)

    # -- What is seen on Telegram --

    def post(self, text: str) -> Any:
        """The channel posts."""
        return self.api.do(lambda world: world.say(self.channel, None, text))

    def write(self, text: str) -> Any:
        """The author writes in the group."""
        return self.api.do(lambda world: world.say(self.group, self.author, text))

    def is_there(self, message: Any) -> bool:
        return self.api.do(lambda _: message.id in message.chat.messages)

    def status(self) -> str:
        """How the author stands in the group."""
        return self.api.do(lambda _: self.group.member(self.author.id).status)

    def texts(self, chat: Chat) -> str:
        return "\n".join(self.api.do(lambda _: [one.text or "" for one in chat.messages.values()]))


@pytest.fixture
def stage(stopped_server: Server, tmp_path: Path) -> Iterator[Stage]:
    """The server and the local Bot API. What no faithful client does fails the test at its end."""
    with BotAPI() as api, ExitStack() as stack:
        made = Stage(stopped_server, api, tmp_path, stack)
        stopped_server.environ |= {
            "MUFAKAT_GOVERNMENT_BOT": GOVERNMENT,
            "MUFAKAT_GOVERNMENT_BOT_TOKEN": made.government.token,
            "MUFAKAT_TELEGRAM_API": api.url,
        }
        stopped_server.start()
        made.bots()
        yield made
        broken = api.do(lambda _: list(api.broken))
    assert broken == []


def agreed(stage: Stage) -> None:
    """The ministry and the platform agree what a machine may do at once."""
    ministry, service = stage.seat("kominfo", "approver"), stage.seat("telegram", "representative")
    points = [{"name": "terms", **frame(automatic=["disable"])}]
    made = ministry.open_talks({"title": TITLE, "parties": ["kominfo", "telegram"], "points": points})
    assert service.agree(made["id"], "terms", proposal=1)["state"] == "in_force"


def screens(first: Client, second: Client) -> None:
    """One reviewer puts entries and a policy in, the other one looks at both; then they act."""
    first.open_bank(BANK, "phrase")
    entries = [
        {"id": value.replace(" ", "-"), "value": value, "source": "us", "category": category, "ground": "terms 4.2"}
        for value, category in PHRASES.items()
    ]
    taken = first.add_entries(BANK, entries)["taken"]
    second.review_entries(BANK, taken, accept=True)
    policy = first.propose_policy(POLICY)["id"]
    said = {"item": "m1", "at": "2017-08-01T03:00:00Z", "visibility": "public", "kind": "post", "text": "salak masam"}
    sample = first.add_sample(io.BytesIO(json.dumps(said).encode()), name="last week")["id"]
    first.shadow_policy(policy)
    tried = second.try_policy(policy, sample)["id"]
    assert second.promote_policy(policy, backtest=tried)["state"] == "live"


def sends(officer: Somebody, link: str) -> str:
    """The agency's officer sends a link to the Government Channel bot; what comes back at the end."""
    officer.write(link, expects="To whom")
    officer.tap("Telegram", expects="What is it about")
    officer.tap("Terrorism", expects="What kind")
    officer.tap("Trusted flag", expects="How urgent")
    officer.tap("Normal", expects="On which ground")
    officer.tap("Another law", expects="Write the ground")
    officer.write("UU 5/2018; Pasal 12B", expects="Explain")
    officer.write("A made-up placeholder, for a test.", expects="Nothing was sent yet")
    return officer.tap("Send", expects="Taken and recorded")


def decision() -> dict[str, Any]:
    """The reviewer's, about what slipped through."""
    return {
        "outcome": "act_full",
        "items": [{"locator": 0, "measure": "remove"}],
        "ground": {"terms_ground": {"document": "Terms of Service", "clause": "4.2", "url": None}},
        "facts": "The post calls for it (made up).",
        "reasons": "Our own screening had missed it.",
        "language": "en",
        "automated": {"detection": False, "decision": "none"},
    }


def test_what_is_screened_slips_through_is_noticed_appealed_and_restored(stage: Stage) -> None:
    agreed(stage)
    first, second = stage.seat("telegram", "reviewer"), stage.seat("telegram", "reviewer-2")
    screens(first, second)

    # (1) A channel posts: one is warned about, one is deleted; the author in the group writes no more for a while.
    warned, clean = stage.post("salak masam"), stage.post("selamat pagi")
    until(lambda: CONTACT in stage.texts(stage.channel), "the warning")
    blocked, written = stage.post("pisang hijau, ayo"), stage.write("kolak pisang hijau")
    until(lambda: not stage.is_there(blocked) and not stage.is_there(written), "the deletion")
    until(lambda: stage.status() == "restricted", "the restriction")
    assert stage.is_there(warned)
    assert stage.is_there(clean)

    # (2) One slips through, and the agency's notice about it arrives by bot; a receipt comes back.
    slipped = stage.post("durian runtuh")
    officer = stage.person("Ani", "bnpt", "officer")
    representative = stage.person("Sari", "telegram", "representative")
    taken = sends(officer, f"https://t.me/contohkanal/{slipped.id}")
    [notice] = stage.seat("bnpt", "officer").notices()
    assert notice.id in taken
    assert notice.receipt is not None

    # (3) The representative acknowledges by a button; the reviewer decides; the officer is told of both.
    representative.waits(notice.id)
    representative.tap("Acknowledge", expects="Acknowledged, by you.")
    officer.waits("The recipient acknowledged your notice.")
    first.decide(notice.id, decision())
    officer.waits("This notice was decided")
    assert stage.is_there(slipped)  # A person of the platform removes it: no bot was told to.

    # (4) What was decided is proposed to a bank, and a second person looks at it.
    proposed = until(lambda: list(first.bank_entries("from-notices-locators", state="shadow")), "the proposal")
    second.review_entries("from-notices-locators", [one["id"] for one in proposed], accept=True)

    # (5) Whoever wrote in the group appeals with nothing but the code, and the other reviewer reverses.
    hits = {stage_item(one): one for one in first.hits(state="blocked")}
    [mine] = [one for item, one in hits.items() if item.startswith(f"tg:channel:{number_of(stage.group)}/")]
    appeal = appealed(stage, code_of(stage, mine["decision"]))
    resolved = {"outcome": "reversed", "reasons": "A recipe, and no call."}
    token = stage.token("telegram", "reviewer-2")
    path = f"/api/v1/appeals/{appeal}/resolution"
    assert ask(stage.server, "POST", path, token, raw=json.dumps(resolved).encode(), key="r").status == 200

    # (6) The author writes again. The message cannot come back, and that is said.
    until(lambda: stage.status() == "member", "the author's return")
    until(lambda: "a deleted message cannot come back; its author may write it again" in stage.texts(stage.team))
    assert not stage.is_there(written)
    assert first.hit(mine["id"])["state"] == "restored"

    # (7) The entry is taken out of the bank: what else it hit is restored, and the same words stay from now on.
    first.retract_entries(BANK, ["pisang-hijau"], reason="Too wide: the name of a fruit.")
    other = next(one for one in hits.values() if one["id"] != mine["id"])
    until(lambda: first.hit(other["id"])["state"] == "restored", "the other one")
    again = stage.write("kolak pisang hijau, sekali lagi")
    last = stage.write("salak masam")
    until(lambda: CONTACT in stage.texts(stage.group), "the warning of what came later")
    assert stage.is_there(again)
    assert stage.is_there(last)


def stage_item(hit: Mapping[str, Any]) -> str:
    """What the platform calls the item of a hit."""
    return str(hit["item"]["item"])


def number_of(chat: Chat) -> int:
    return -chat.id - 10**12


def code_of(stage: Stage, decision: str) -> str:
    """The code, as the platform's people bring it to whoever is affected."""
    token = stage.token("telegram", "representative")
    found = ask(stage.server, "GET", f"/api/v1/decisions/{decision}", token).json()
    return str(found["appeal"]["code"])


def appealed(stage: Stage, code: str) -> str:
    """Somebody contests by the code; the appeal, as the reviewer finds it."""
    raw = json.dumps({"code": code, "reasons": "It is a recipe.", "standing": "uploader"}).encode()
    assert ask(stage.server, "POST", "/api/v1/appeals", "", raw=raw, key="appeal").status in {200, 201}
    token = stage.token("telegram", "reviewer-2")
    [found] = ask(stage.server, "GET", "/api/v1/appeals", token).json()["items"]
    return str(found["id"])
