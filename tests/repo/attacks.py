"""The attacks on the log, and the tests that catch them.

A test belongs to the attack that its name begins with (`test_attack_14_…`). Tests of other names stand in `ALSO`, and
what no test tries in `MISSING`, with the reason. `python -m tests.repo.attacks` writes the table of the page.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "attacks.md"
BEGIN, END = "<!-- The table is written by `python -m tests.repo.attacks`. -->\n", "<!-- End of the table. -->\n"
NAMED = re.compile(r"test_attack_(\d+(?:_\d+)*)_")
# Programs that look after a log are tried by the numbers alone.
WATCHING = re.compile(r"unit/runners/test_runners_\w+\.py::test_(\d+(?:_\d+)*)_")

ATTACKS: dict[int, str] = {
    # By the operator of the log.
    1: "an older head is signed or shown again",
    2: "two logs of one size with other roots",
    3: "a fork that is hidden behind a bigger tree, with a proof that looks right",
    4: "two readers are shown two logs",
    5: "a leaf dated back or ahead, a clock that jumps, times out of order",
    6: "leaves in another order",
    7: "a leaf that was promised and never comes into the log",
    8: "one leaf at two places, two leaves at one place",
    9: "an opening removed without a word, put to another field, or guessed from its digest",
    10: "a number of a channel left out, or given twice",
    11: "counts that are not those of the events",
    12: "an old head served for ever by a server that looks alive",
    13: "entries that are not those of their tile",
    14: "a tile of a higher level altered, those below it left",
    15: "a bundle of entries withheld",
    16: "a disclosure withheld",
    17: "personal data smuggled into a leaf",
    # By bytes.
    18: "a tile cut off",
    19: "a tile wider than its width, and paths that no tile has",
    20: "entries that are empty, too long, cut off, or followed by something",
    21: "a node passed for a leaf, proofs too long or too short, indices and sizes at every boundary",
    22: "notes and checkpoints with another byte, more signatures, other keys, other spellings",
    23: "signatures with a second spelling, keys under which everybody can sign",
    24: "a cosignature passed for a signature and the reverse, times that are none",
    25: "policies that count a key twice, an unknown one, or themselves",
    26: "a receipt that carries another leaf than it proves",
    # By and against witnesses.
    27: "two requests that race at a witness, to roll it back",
    28: "requests that a witness has to refuse, each with its own answer",
    # Crashes.
    29: "a process killed at any step",
    30: "a power cut that drops whatever was not synced",
    31: "an older database put back, and new events on top of it",
    32: "two sequencers at once",
    33: "a full disk or a failing one in the middle",
    34: "what the signer remembers lost, or put back",
    35: "a clock set back between two commits",
    # Keys.
    36: "a stolen key of the log that signs a second log",
    37: "a stolen key of a party that signs what lies in the past",
    38: "receipts from before a change of keys, and a new key before its time",
    39: "a signature by a key that was revoked before",
    # The product.
    40: "an entry of an operator's list without its receipt, or with that of another list or an older one",
}
HEADINGS = {
    1: "By the operator of the log",
    18: "By bytes",
    27: "Witnesses",
    29: "Crashes",
    36: "Keys",
    40: "The lists",
}

ALSO: dict[int, dict[str, tuple[str, ...]]] = {
    1: {
        "server/journal/test_sequencer.py": ("test_a_database_that_was_put_back_is_never_signed",),
        "unit/proof/test_proof_merkle.py": ("test_a_tree_that_shrank_is_refused",),
    },
    2: {
        "server/journal/test_sequencer.py": ("test_other_leaves_in_the_same_number_are_never_signed",),
        "unit/proof/test_proof_merkle.py": ("test_a_fork_of_equal_size_is_refused",),
    },
    3: {
        "properties/test_proof_log_properties.py": ("test_a_changed_consistency_proof_does_not_verify",),
    },
    6: {
        "unit/proof/test_proof_verify.py": ("test_the_leaves_of_a_batch_in_another_order_are_refused",),
    },
    9: {
        "unit/proof/test_proof_commitment.py": ("test_anything_else_does_not_open",),
    },
    17: {
        "properties/test_proof_properties.py": ("test_no_string_that_a_user_typed_can_reach_a_leaf",),
        "server/canaries/test_canaries.py": ("test_no_leaf_holds_anything_that_was_typed",),
        "server/journal/test_typed.py": ("test_no_word_that_is_typed_anywhere_reaches_a_leaf",),
    },
    29: {
        "faults/test_log_kills.py": ("test_whoever_dies_at_any_step_leaves_a_log_that_can_be_proved_and_goes_on",),
    },
    30: {
        "faults/test_log_powercut.py": (
            "test_no_power_cut_leaves_a_published_checkpoint_that_cannot_be_proved",
            "test_an_export_that_does_not_sync_its_folders_is_seen",
            "test_an_export_that_does_not_sync_its_files_is_seen",
            "test_a_notary_that_does_not_sync_what_it_signed_is_seen",
        ),
    },
    31: {
        "server/journal/test_sequencer.py": ("test_a_database_that_was_put_back_is_never_signed",),
        "server/journal/test_standing.py": ("test_a_backup_that_was_put_back_and_went_on_is_never_signed",),
        "server/journal/test_recovering.py": ("test_all_comes_back_byte_for_byte_and_the_log_goes_on",),
    },
    32: {
        "server/journal/test_sequencer.py": ("test_of_two_that_do_a_step_at_once_one_finds_the_head_moved",),
        "faults/test_log_sequencers.py": (
            "test_processes_that_sequence_at_once_never_fork",
            "test_threads_that_sequence_at_once_never_fork",
        ),
    },
    33: {
        "server/journal/test_exporting.py": (
            "test_who_was_stopped_in_the_middle_goes_on",
            "test_a_disk_that_refuses_anywhere_leaves_what_is_published_provable_and_is_not_believed_afterwards",
            "test_what_a_refused_export_wrote_is_written_anew",
        ),
    },
    34: {
        "server/journal/test_standing.py": (
            "test_a_notarys_file_that_was_lost_or_is_older_is_made_up_for_by_what_is_published",
        ),
    },
    35: {
        "server/journal/test_writer.py": ("test_times_never_go_back_when_the_clock_does",),
        "server/journal/test_postgresql.py": (
            "test_a_writer_whose_clock_is_behind_does_not_date_its_events_before_those_of_the_others",
        ),
        "server/journal/test_standing.py": ("test_a_clock_that_was_set_back_makes_no_head_older",),
    },
    36: {
        "properties/test_proof_log_properties.py": ("test_every_fork_is_proven_and_no_honest_log_ever_is",),
        "unit/proof/test_proof_fork.py": (
            "test_a_fork_is_proven_for_all_sizes",
            "test_a_rotated_key_of_the_same_log_forks_too",
        ),
    },
    37: {
        "unit/proof/test_proof_party_keys.py": ("test_a_stolen_key_cannot_sign_into_the_past",),
    },
    38: {
        "server/journal/test_rotation.py": (
            "test_attack_38_old_receipts_of_both_grades_verify_by_the_new_keys_json",
            "test_whoever_keeps_only_the_old_key_verifies_for_the_month_in_which_both_sign",
            "test_attack_38_a_new_key_is_rejected_before_its_size",
        ),
    },
    39: {
        "server/journal/test_rotation.py": (
            "test_attack_39_a_revoked_key_ends_at_once_and_its_late_signatures_are_rejected",
        ),
        "server/notices/test_signed.py": ("test_a_retired_keys_late_signature_is_refused",),
        "unit/proof/test_proof_party_keys.py": ("test_a_retired_keys_late_signature_is_found",),
    },
    40: {
        "unit/formats/test_formats_feed.py": (
            "test_no_entry_is_loaded_without_its_proof",
            "test_an_entry_that_its_restriction_does_not_prove_is_not_loaded_and_the_others_are",
        ),
        "unit/runners/test_runners_feed.py": (
            "test_an_entry_without_a_receipt_is_named_and_left_out",
            "test_an_older_list_is_refused_also_after_a_power_cut",
        ),
    },
}

_WITNESS = "this version asks no witness and is none; what a witness checks is `proof/merkle.py: verify_growth`"

MISSING: dict[int, str] = {
    27: _WITNESS,
    28: _WITNESS,
}


def caught_by() -> dict[int, list[str]]:
    """Number → the tests that try it, as `<path below tests>::<name>`, in their order."""
    found = named()
    for number, others in also().items():
        found[number] = sorted({*found[number], *others})
    return found


def named() -> dict[int, list[str]]:
    """Number → the tests that bear it in their name."""
    found: dict[int, list[str]] = {number: [] for number in ATTACKS}
    for path, name in tests():
        match = NAMED.match(name) or WATCHING.match(f"{path}::{name}")
        for number in match[1].split("_") if match else ():
            found.setdefault(int(number), []).append(f"{path}::{name}")
    return found


def also() -> dict[int, list[str]]:
    """The tests of other names, written as those."""
    return {
        number: [f"{path}::{name}" for path, names in files.items() for name in names] for number, files in ALSO.items()
    }


def tests() -> list[tuple[str, str]]:
    """Path below tests and name of every test."""
    return [
        (str(path.relative_to(ROOT / "tests")), node.name)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in chain.from_iterable(_bodies(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def table() -> str:
    """The table of the page."""
    lines = ["| | attack | caught by |\n|---|---|---|\n"]
    for number, (what, found) in enumerate(zip(ATTACKS.values(), caught_by().values(), strict=True), start=1):
        if number in HEADINGS:
            lines.append(f"| | **{HEADINGS[number]}** | |\n")
        caught = [_told(found)] if found else []
        if number in MISSING:
            caught.append(f"named as missing: {MISSING[number]}")
        lines.append(f"| {number} | {what} | {'; '.join(caught)} |\n")
    return "".join(lines)


def _told(found: list[str]) -> str:
    """The file once, then its tests."""
    files: dict[str, list[str]] = defaultdict(list)
    for one in found:
        path, name = one.split("::")
        files[path].append(f"`{name}`")
    return "; ".join(f"`{path}`: {', '.join(names)}" for path, names in files.items())


def _bodies(path: Path) -> list[list[ast.stmt]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]


def page() -> str:
    """The page with its table."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
