import json
from pathlib import Path

import pytest

from mufakat.proof import canonical, note
from mufakat.proof.errors import (
    AmbiguousKeyError,
    BadSignatureError,
    ControlCharacterError,
    DuplicateSignatureError,
    MalformedSignatureError,
    MissingBlankLineError,
    MissingFinalNewlineError,
    NoKnownSignatureError,
    NoteTooLongError,
    NotUTF8Error,
    TooManySignaturesError,
)
from mufakat.proof.key import SigningKey, VerifyKey

GOLDEN = json.loads((Path(__file__).parents[2] / "vectors" / "ledger_golden.json").read_text(encoding="utf-8"))
CHECKPOINT: str = GOLDEN["checkpoint_70000"]
LOG = SigningKey(GOLDEN["origin"], bytes(range(32)))
OTHER = SigningKey("other.example", bytes(32))
TEXT = "one\n\ntwo\n"


def line(name: str, data: bytes) -> str:
    return f"— {name} {canonical.to_base64(data)}\n"


def opened(whole: str | bytes, *known: VerifyKey) -> note.Opened:
    return note.open(whole if isinstance(whole, bytes) else whole.encode(), known or (LOG.verify_key,))


def test_the_example_of_the_specification_verifies() -> None:
    example = GOLDEN["signed_note_example"]
    assert opened(example["note"], VerifyKey.parse(example["vkey"])).text == "This is an example message.\n"


def test_the_golden_checkpoint_verifies() -> None:
    assert opened(CHECKPOINT).signed_by == (LOG.verify_key,)


def test_signing_the_golden_checkpoint_gives_its_bytes() -> None:
    assert note.sign(CHECKPOINT.partition("\n\n")[0] + "\n", LOG) == CHECKPOINT


def test_a_text_with_blank_lines_ends_at_the_last_one() -> None:
    assert opened(note.sign(TEXT, LOG)).text == TEXT


def test_a_text_that_ends_in_a_blank_line_keeps_it() -> None:
    assert opened(note.sign("one\n\n", LOG)).text == "one\n\n"


def test_two_known_signers_are_both_named() -> None:
    both = (LOG.verify_key, OTHER.verify_key)
    assert opened(note.sign(TEXT, LOG, OTHER), *both).signed_by == both


def test_a_key_given_twice_counts_once() -> None:
    assert opened(note.sign(TEXT, LOG), LOG.verify_key, LOG.verify_key).signed_by == (LOG.verify_key,)


def test_an_unknown_signer_beside_a_known_one_is_only_listed() -> None:
    assert [unknown.name for unknown in opened(note.sign(TEXT, LOG, OTHER)).unknown] == ["other.example"]


def test_an_unknown_signature_of_another_length_is_only_listed() -> None:
    assert len(opened(note.sign(TEXT, LOG) + line("ml-dsa", bytes(2424))).unknown) == 1


def test_sixteen_signatures_are_accepted() -> None:
    signers = [SigningKey(f"key{n}", bytes([n]) * 32) for n in range(16)]
    assert opened(note.sign(TEXT, *signers), signers[15].verify_key).signed_by == (signers[15].verify_key,)


def test_seventeen_signatures_are_refused() -> None:
    extra = "".join(line(f"key{n}", bytes(68)) for n in range(16))
    with pytest.raises(TooManySignaturesError):
        opened(note.sign(TEXT, LOG) + extra)


def test_a_million_signature_lines_are_refused_without_reading_them() -> None:
    with pytest.raises(TooManySignaturesError):
        opened(note.sign(TEXT, LOG) + "— \n" * 100_000)


def test_a_carriage_return_is_refused() -> None:
    with pytest.raises(ControlCharacterError):
        opened(CHECKPOINT.replace("\n", "\r\n"))


@pytest.mark.parametrize("control", ["\x00", "\t", "\x0b", "\x0c", "\x1b", "\x1f"], ids=ascii)
def test_a_control_character_is_refused_in_the_text(control: str) -> None:
    with pytest.raises(ControlCharacterError):
        opened(CHECKPOINT.replace("70000", f"70000{control}"))


def test_a_control_character_is_refused_in_a_signature_line() -> None:
    with pytest.raises(ControlCharacterError):
        opened(CHECKPOINT + line("a\x1bb", bytes(68)))


@pytest.mark.parametrize("whole", ["\n", "a\n", CHECKPOINT.replace("\n\n", "\n"), "— a AAAA\n"])
def test_a_missing_blank_line_is_refused(whole: str) -> None:
    with pytest.raises(MissingBlankLineError):
        opened(whole)


@pytest.mark.parametrize("whole", ["", "a", CHECKPOINT[:-1], CHECKPOINT + "x"])
def test_a_missing_final_newline_is_refused(whole: str) -> None:
    with pytest.raises(MissingFinalNewlineError):
        opened(whole)


@pytest.mark.parametrize("whole", ["a\n\n", CHECKPOINT + "\n"])
def test_a_text_without_a_signature_line_is_refused(whole: str) -> None:
    with pytest.raises(MalformedSignatureError):
        opened(whole)


@pytest.mark.parametrize(
    "broken",
    [
        "- a " + "A" * 92 + "\n",
        "—a " + "A" * 92 + "\n",
        "— " + "A" * 92 + "\n",
        "—  " + "A" * 92 + "\n",
        "—  a " + "A" * 92 + "\n",
        "— a  " + "A" * 92 + "\n",
        "— a " + "A" * 92 + " \n",
        "— a+b " + "A" * 92 + "\n",
        "— a\u00a0b " + "A" * 92 + "\n",
        "— a \n",
        "— a AAAAAA==\n",
        "trailing garbage\n",
    ],
    ids=[
        "hyphen",
        "no-space-after-dash",
        "no-name",
        "empty-name",
        "two-spaces-before-name",
        "two-spaces-after-name",
        "space-at-the-end",
        "plus-in-name",
        "unicode-space-in-name",
        "no-signature",
        "id-only",
        "no-signature-line-at-all",
    ],
)
def test_a_malformed_signature_line_is_refused(broken: str) -> None:
    with pytest.raises(MalformedSignatureError):
        opened(CHECKPOINT + broken)


@pytest.mark.parametrize("tail", ["AB==", "AA=", "AA", "A-==", "A_==", "AA==AA==", "AA==="])
def test_base64_that_is_not_canonical_is_refused_even_from_an_unknown_key(tail: str) -> None:
    with pytest.raises(MalformedSignatureError):
        opened(f"{CHECKPOINT}— a {'A' * 88}{tail}\n")


def test_a_duplicate_signature_line_is_refused() -> None:
    with pytest.raises(DuplicateSignatureError):
        opened(CHECKPOINT + CHECKPOINT.partition("\n\n")[2])


def test_a_duplicate_line_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(DuplicateSignatureError):
        opened(CHECKPOINT + line("a", bytes(68)) + line("a", bytes(67) + b"x"))


def test_a_known_name_with_another_id_is_just_unknown() -> None:
    extra = line(LOG.name, bytes(68))
    assert [unknown.key_id for unknown in opened(CHECKPOINT + extra).unknown] == [bytes(4)]


def test_another_name_with_a_known_id_is_just_unknown() -> None:
    extra = line("a", LOG.key_id + bytes(64))
    assert [unknown.name for unknown in opened(CHECKPOINT + extra).unknown] == ["a"]


def test_a_known_key_with_a_bad_signature_rejects_the_note_though_another_known_one_signed() -> None:
    whole = note.sign(TEXT, LOG) + line(OTHER.name, OTHER.key_id + bytes(64))
    with pytest.raises(BadSignatureError):
        opened(whole, LOG.verify_key, OTHER.verify_key)


@pytest.mark.parametrize("length", [1, 63, 65])
def test_a_known_key_with_a_signature_of_another_length_rejects_the_note(length: int) -> None:
    with pytest.raises(BadSignatureError):
        opened(f"a\n\n{line(LOG.name, LOG.key_id + bytes(length))}")


def test_a_changed_text_is_refused() -> None:
    with pytest.raises(BadSignatureError):
        opened(CHECKPOINT.replace("70000", "70001"))


def test_a_text_shortened_at_a_blank_line_is_refused() -> None:
    with pytest.raises(BadSignatureError):
        opened(note.sign(TEXT, LOG).replace("one\n\n", ""))


def test_a_note_by_strangers_is_refused() -> None:
    with pytest.raises(NoKnownSignatureError):
        opened(note.sign(TEXT, OTHER))


def test_a_reader_who_trusts_nobody_accepts_nothing() -> None:
    with pytest.raises(NoKnownSignatureError):
        note.open(CHECKPOINT.encode(), ())


def test_two_known_keys_that_collide_in_name_and_id_are_refused() -> None:
    collided = SigningKey(LOG.name, bytes(32)).verify_key
    object.__setattr__(collided, "key_id", LOG.key_id)
    with pytest.raises(AmbiguousKeyError):
        opened(CHECKPOINT, LOG.verify_key, collided)


@pytest.mark.parametrize("bad", [b"\xff", b"\xc0\x8a", b"\xed\xa0\x80", b"\xe2\x80"], ids=repr)
def test_what_is_not_utf_8_is_refused(bad: bytes) -> None:
    with pytest.raises(NotUTF8Error):
        opened(bad + CHECKPOINT.encode())


def test_a_note_of_one_mebibyte_is_accepted() -> None:
    text = "x" * (note.MAX_LENGTH - len(note.sign("\n", LOG).encode())) + "\n"
    assert opened(note.sign(text, LOG)).text == text


def test_a_byte_more_than_a_mebibyte_is_refused() -> None:
    with pytest.raises(NoteTooLongError):
        opened(b"x" * (note.MAX_LENGTH + 1))


def test_a_note_that_would_be_too_long_is_not_signed() -> None:
    with pytest.raises(NoteTooLongError):
        note.sign("x" * note.MAX_LENGTH + "\n", LOG)


def test_a_text_without_final_newline_is_not_signed() -> None:
    with pytest.raises(MissingFinalNewlineError):
        note.sign("text", LOG)


def test_a_text_with_a_control_character_is_not_signed() -> None:
    with pytest.raises(ControlCharacterError):
        note.sign("te\rxt\n", LOG)


def test_a_text_with_a_lone_surrogate_is_not_signed() -> None:
    with pytest.raises(NotUTF8Error):
        note.sign("\ud800\n", LOG)


def test_nobody_cannot_sign() -> None:
    with pytest.raises(NoKnownSignatureError):
        note.sign(TEXT)


def test_one_key_does_not_sign_twice() -> None:
    with pytest.raises(DuplicateSignatureError):
        note.sign(TEXT, LOG, LOG)


def test_seventeen_signers_are_too_many() -> None:
    with pytest.raises(TooManySignaturesError):
        note.sign(TEXT, *(SigningKey(f"key{n}", bytes(32)) for n in range(17)))
