"""Many notices from one file: read line by line, sent in batches, answered line by line.

An import that was cut off is simply started again: the server knows each item by its bytes and takes none twice.
"""

from __future__ import annotations

import hashlib
import io
import secrets
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import click

from mufakat import formats
from mufakat.cli import _print, _server
from mufakat.formats import Bad

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mufakat.formats import Encoding, Format, Item

GONE = 410  # The answer to this key was erased.
REPEATED = "urn:mufakat:problem:repeated"
PROBLEMS = 1_000  # Lines whose problems are kept for the report; the rest are counted.


@dataclass
class Report:
    """What became of a file."""

    file: str
    taken: int = 0
    repeated: int = 0
    refused: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)

    def refuse(self, number: int, errors: Sequence[Mapping[str, str]], *, tell: Callable[[str], None]) -> None:
        """One line that was not taken, and why."""
        self.refused += 1
        if len(self.problems) < PROBLEMS:
            self.problems.append({"line": number, "errors": list(errors)})
        for error in errors:
            where = f"{error['pointer']}: " if error.get("pointer") else ""
            tell(f"{_print.safe(self.file)}:{number}: {where}{_print.safe(error['detail'])}")

    def shown(self) -> dict[str, Any]:
        """For ``--json``."""
        counts = {"taken": self.taken, "repeated": self.repeated, "refused": self.refused}
        return {"file": self.file, **counts, "problems": self.problems, "receipts": self.receipts}

    def sentence(self) -> str:
        """For people."""
        again = f", {self.repeated} taken before" if self.repeated else ""
        return f"{_print.safe(self.file)}: {self.taken} taken{again}, {self.refused} refused"


@dataclass(frozen=True)
class Import:
    """How a file is read and in whose name it is sent."""

    house: _server.Instance
    who: str
    form: Format
    defaults: Mapping[str, object]
    encoding: Encoding | None
    quiet: bool
    output: Path | None

    def run(self, name: str, stream: Readable, *, size: int | None) -> Report:
        """Send the whole file."""
        report = Report(name)
        read = Counted(stream)
        hidden = self.quiet or size is None or not sys.stderr.isatty()
        with click.progressbar(length=size or 0, label=_print.safe(name), file=sys.stderr, hidden=hidden) as bar:
            for results in formats.runs(
                formats.reader(self.form)(read, defaults=self.defaults, encoding=self.encoding)
            ):
                self._send(results, report)
                bar.update(read.fresh())
        return report

    def _send(self, results: Sequence[Item | Bad], report: Report) -> None:
        items = [result for result in results if not isinstance(result, Bad)]
        outcomes, before = self._ask(items, report) if items else (iter(()), False)
        # In the order of the lines, whoever refused them: the reader or the server.
        for result in results:
            if isinstance(result, Bad):
                errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in result.faults]
                report.refuse(result.number, errors, tell=self._tell)
            else:
                self._note(result, next(outcomes), report, before=before)

    def _ask(self, items: Sequence[Item], report: Report) -> tuple[Iterator[Mapping[str, Any]], bool]:
        for item in items:
            self._store(item.files, report)
        body = b'{"notices":[' + b",".join(item.body for item in items) + b"]}"
        # The same lines in the same batch are the same request; other cuts are caught item by item.
        headers = {"Idempotency-Key": f"file-{hashlib.sha256(body).hexdigest()}"}
        reply = self.house.request("POST", "/api/v1/notices/batch", body=body, headers=headers, seat=self.who)
        if reply.status == GONE:
            # The answer was erased since; under a new key each item is judged again, and what was taken is not new.
            headers = {"Idempotency-Key": f"again-{secrets.token_hex(16)}"}
            reply = self.house.request("POST", "/api/v1/notices/batch", body=body, headers=headers, seat=self.who)
        if not reply.good:
            _server.refuse(reply, where=_print.safe(report.file))
        answer = reply.json()
        if answer["receipt"]:
            self._keep(answer["receipt"], report)
        return iter(answer["items"]), "Idempotent-Replayed" in reply.headers

    def _store(self, files: Sequence[bytes], report: Report) -> None:
        """The files that a notice names and that are too large for its inside."""
        for content in files:
            path = f"/api/v1/evidence/{hashlib.sha256(content).hexdigest()}"
            reply = self.house.upload(path, io.BytesIO(content), size=len(content), seat=self.who)
            if not reply.good:
                _server.refuse(reply, where=_print.safe(report.file))

    def _note(self, item: Item, outcome: Mapping[str, Any], report: Report, *, before: bool) -> None:
        problem = outcome.get("problem") or {}
        if "id" in outcome and not before:
            report.taken += 1
        elif "id" in outcome or problem.get("type") == REPEATED:
            report.repeated += 1
        else:
            errors = problem.get("errors") or [{"pointer": "", "detail": str(problem.get("detail"))}]
            if self.form is formats.Format.CSV:
                errors = [{**one, "pointer": formats.column_of(one["pointer"])} for one in errors]
            report.refuse(item.number, errors, tell=self._tell)
        for remark in item.remarks:
            self._tell(f"{_print.safe(report.file)}:{item.number}: (noted) {_print.safe(remark.detail)}")

    def _keep(self, receipt: str, report: Report) -> None:
        if self.output is None:
            report.receipts.append(receipt)
            return
        name = f"batch-{hashlib.sha256(receipt.encode()).hexdigest()[:16]}.receipt"
        (self.output / name).write_text(receipt, encoding="utf-8")
        report.receipts.append(str(self.output / name))

    def _tell(self, line: str) -> None:
        if not self.quiet:
            click.echo(line, err=True)


class Readable(Protocol):
    """What is read of a file."""

    def read(self, size: int, /) -> bytes: ...


class Counted:
    """A stream that knows how much of it was read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._read = 0

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._read += len(data)
        return data

    def fresh(self) -> int:
        """Bytes since the last question."""
        count, self._read = self._read, 0
        return count
