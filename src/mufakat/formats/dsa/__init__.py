"""Statements of reasons as the DSA Transparency Database (schema v2, in force since 1 July 2025) takes and gives them.

`check` judges a document as that database does, `read_dump` and `write_dump` know its daily files, `from_decision`
says a decision of ours in its words or why it cannot. Facts about the database: see `codes`.
"""

from __future__ import annotations

from mufakat.formats.dsa.batches import BATCH_TAKEN, LARGEST, SINGLE_TAKEN, check_batch, repeated
from mufakat.formats.dsa.checking import Checked, check, headline, is_puid
from mufakat.formats.dsa.columns import COLUMNS
from mufakat.formats.dsa.decisions import SAID_BESIDE, Made, Unrepresentable, from_decision
from mufakat.formats.dsa.dump import read_dump, write_dump
from mufakat.formats.dsa.rows import BadRow, Row
from mufakat.formats.dsa.statement import ContentId, Statement, decoded, document_of, encoded, restored

__all__ = [
    "BATCH_TAKEN",
    "COLUMNS",
    "LARGEST",
    "SAID_BESIDE",
    "SINGLE_TAKEN",
    "BadRow",
    "Checked",
    "ContentId",
    "Made",
    "Row",
    "Statement",
    "Unrepresentable",
    "check",
    "check_batch",
    "decoded",
    "document_of",
    "encoded",
    "from_decision",
    "headline",
    "is_puid",
    "read_dump",
    "repeated",
    "restored",
    "write_dump",
]
