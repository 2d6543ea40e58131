"""A file of a million lines needs no more memory than one of ten thousand."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: the highest memory that a process ever had cannot be taken back.
SCRIPT = """
import resource, sys
from mufakat import formats

form, count = formats.Format(sys.argv[1]), int(sys.argv[2])
HEAD = {"csv": b"locators,explanation,Nomor\\r\\n", "json": b"[\\n", "ndjson": b"", "xarf": b"[\\n"}
LINE = {
    "csv": b"https://t.me/examplechannel/%d,\\"A made-up placeholder, number %d.\\",S-%d\\r\\n",
    "json": b'{"to": "telegram", "locators": ["https://t.me/examplechannel/%d"], "explanation": "Number %d, %d."},\\n',
    "ndjson": b'{"to": "telegram", "locators": ["https://t.me/examplechannel/%d"], "explanation": "Number %d, %d."}\\n',
    "xarf": b'{"xarf_version": "3.%d", "report_id": "%d", "n": %d},\\n',
}

def stream():
    yield HEAD[form]
    for start in range(0, count, 500):
        yield b"".join(LINE[form] % (n, n, n) for n in range(start, start + 500))

read = sum(1 for _ in formats.reader(form)(stream()))
print(read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
MORE = 8 * 1024  # Kibibytes: what an allocator may keep for itself.


def measured(form: str, count: int) -> tuple[int, int]:
    made = subprocess.run([sys.executable, "-c", SCRIPT, form, str(count)], check=True, capture_output=True, text=True)
    read, peak = made.stdout.split()
    return int(read), int(peak)


@pytest.mark.parametrize(
    ("form", "count"), [("csv", 1_000_000), ("ndjson", 1_000_000), ("json", 100_000), ("xarf", 50_000)]
)
def test_a_long_file_takes_no_more_memory_than_a_short_one(form: str, count: int) -> None:
    few, small = measured(form, 10_000)
    many, large = measured(form, count)
    assert (few >= 10_000, many >= count) == (True, True)
    assert large < small + MORE
