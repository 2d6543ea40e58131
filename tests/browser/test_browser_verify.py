"""The page `/verify` checks a receipt in the browser: strictly, without asking anybody, and without a network."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests import receipt_corpus as corpus
from tests.houses import body
from tests.server.api.doors import ask

import mufakat.server.web

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page
    from tests.houses import Server

pytestmark = pytest.mark.browser

STATIC = Path(mufakat.server.web.__file__).parent / "static" / "web"
OUTCOMES = """async (cases) => {
  const { verify, readKeys, parsePolicy } = MufakatVerify;
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const found = [];
  for (const one of cases) {
    try {
      const policy = one.policy === null ? null : await parsePolicy(bytes(one.policy));
      const keys = await readKeys(one.keys);
      const leaf = one.leaf === null ? null : bytes(one.leaf);
      found.push((await verify(bytes(one.receipt), { keys, policy, leaf, at: one.at })).kind);
    } catch (error) {
      found.push(error.reason ?? `fault: ${error.stack}`);
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def receipts(site: Server) -> dict[str, str]:
    """Both receipts of a notice of this site."""
    token = site.token("kominfo", "officer")
    made = ask(site, "POST", "/api/v1/notices", token, raw=body(explanation="Of the page."), key="verify").json()
    return {grade: fetched(site, made["id"], token, grade) for grade in ("custody", "inclusion")}


def fetched(site: Server, notice: str, token: str, grade: str) -> str:
    from urllib.request import Request, urlopen

    address = f"{site.url}/api/v1/notices/{notice}/receipt?grade={grade}"
    asked = Request(address, headers={"Authorization": f"Bearer {token}", "Prefer": "wait=10"})  # noqa: S310 - ours.
    with urlopen(asked, timeout=30) as answer:  # noqa: S310 - the same.
        text: str = answer.read().decode()
    return text


def checked(page: Page, receipt: str) -> str:
    page.fill("#verify-receipt", receipt)
    page.click("#verify-form button[type=submit]")
    page.wait_for_selector("#verify-result .message")
    return page.inner_text("#verify-result")


@pytest.mark.parametrize(
    ("grade", "says"), [("custody", "took this into custody"), ("inclusion", "the log holds this leaf")]
)
def test_a_receipt_is_verified_offline_and_nothing_is_asked(
    desks: Callable[..., Any], receipts: dict[str, str], grade: str, says: str
) -> None:
    with desks() as visitor:
        page = visitor.open("/verify")
        page.wait_for_selector("#verify-form")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.context.set_offline(True)
        said = checked(page, receipts[grade])
        shown = page.locator("#verify-result pre").all_text_contents()
        page.context.set_offline(False)
    # The leaf that an inclusion receipt carries is shown, to the byte; one of custody carries none.
    carried = [base64.b64decode(line[6:]).decode() for line in receipts[grade].split("\n") if line[:6] == "extra "]
    assert (says in said, asked, shown) == (True, [], carried)


def test_the_whole_corpus_is_judged_as_in_python(desks: Callable[..., Any]) -> None:
    cases = corpus.cases(step=11)
    with desks() as visitor:
        found = visitor.open("/verify").evaluate(OUTCOMES, [one._asdict() for one in cases])
    wanted = [corpus.expected(one) for one in cases]
    assert [(c.name, w, f) for c, w, f in zip(cases, wanted, found, strict=True) if w != f] == []


def test_a_changed_receipt_shows_nothing_of_itself(desks: Callable[..., Any], receipts: dict[str, str]) -> None:
    with desks() as visitor:
        lines = receipts["inclusion"].split("\n")
        leaf = base64.b64decode(lines[1].removeprefix("extra "))
        lines[1] = f"extra {base64.b64encode(leaf.replace(b'kominfo', b'koninfo')).decode()}"
        said = checked(visitor.open("/verify"), "\n".join(lines))
    assert ("proves nothing here" in said, "koninfo" in said) == (True, False)


def test_the_reader_may_trust_other_keys(desks: Callable[..., Any], receipts: dict[str, str]) -> None:
    with desks() as visitor:
        page = visitor.open("/verify")
        ours = checked(page, receipts["custody"])
        page.fill("#verify-keys", corpus.OTHER.vkey)
        theirs = checked(page, receipts["custody"])
        page.fill("#verify-keys", corpus.KEYS)
        own = checked(page, corpus.VECTORS["custody"])
    assert "You took the keys from this site." in ours
    assert "None of the given keys signed it." in theirs
    assert "You gave the keys yourself" in own


def test_a_witnessed_receipt_names_its_witnesses(desks: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "proof.tlog-proof"
    file.write_bytes(corpus.proof(lines=corpus.cosigned()))
    with desks() as visitor:
        page = visitor.open("/verify")
        page.fill("#verify-keys", corpus.KEYS)
        page.click("summary")
        page.fill("#verify-policy", corpus.POLICY)
        page.set_input_files("#verify-receipt-file", file)
        page.wait_for_function("document.querySelector('#verify-receipt').value !== ''")
        page.click("#verify-form button[type=submit]")
        page.wait_for_selector("#verify-result .message")
        said = page.inner_text("#verify-result")
    assert "the witnesses that you asked for saw it there" in said
    assert "witness.example, 2026-11-22T01:02:03.000Z" in said


def test_of_a_file_every_byte_counts(desks: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "receipt"
    file.write_bytes(corpus.VECTORS["custody"].replace("\n", "\r\n").encode())
    with desks() as visitor:
        page = visitor.open("/verify")
        page.fill("#verify-keys", corpus.KEYS)
        page.set_input_files("#verify-receipt-file", file)
        page.wait_for_function("document.querySelector('#verify-receipt').value !== ''")
        page.click("#verify-form button[type=submit]")
        page.wait_for_selector("#verify-result .message")
        said = page.inner_text("#verify-result")
    assert "a program changed its lines" in said


def test_it_speaks_indonesian(desks: Callable[..., Any], receipts: dict[str, str]) -> None:
    with desks(locale="id-ID") as visitor:
        said = checked(visitor.open("/verify"), receipts["inclusion"])
    assert "Tanda terima ini sah: log memuat daun ini." in said


def test_a_browser_without_ed25519_is_told_so_and_shown_the_command(desks: Callable[..., Any]) -> None:
    with desks() as visitor:
        visitor.page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
        page = visitor.open("/verify")
        page.wait_for_selector("#verify-unable")
        shown = {name: page.is_visible(f"#verify-{name}") for name in ("unable", "form", "there")}
        command = page.is_visible("text=mufakat verify RECEIPT")
    assert (shown, command) == ({"unable": True, "form": False, "there": True}, True)


def test_without_javascript_the_command_and_this_sites_check_are_there(desks: Callable[..., Any]) -> None:
    with desks(java_script_enabled=False) as visitor:
        page = visitor.open("/verify")
        shown = {name: page.is_visible(f"#verify-{name}") for name in ("here", "there")}
        command = page.is_visible("text=mufakat verify RECEIPT")
    assert (shown, command) == ({"here": False, "there": True}, True)


def test_the_page_works_as_a_file_that_was_saved(
    desks: Callable[..., Any], chromium: Browser, receipts: dict[str, str], tmp_path: Path
) -> None:
    with desks() as visitor:
        whole = visitor.open("/verify").content()
    for name in ("verify.js", "verify_page.js"):
        (tmp_path / name).write_bytes((STATIC / name).read_bytes())
        start = whole.index(f"/static/web/{name}")
        whole = whole.replace(whole[start : whole.index('"', start)], name)
    (tmp_path / "page.html").write_text(whole, encoding="utf-8")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    said = checked(page, receipts["inclusion"])
    context.close()
    assert "the log holds this leaf" in said


def test_the_keys_stand_on_the_page_as_they_are_published(desks: Callable[..., Any], site: Server) -> None:
    with desks() as visitor:
        page = visitor.open("/verify")
        shown = json.loads(page.input_value("#verify-keys"))
        published = page.request.get(f"{site.url}/log/1/keys.json").json()
    assert shown == published
