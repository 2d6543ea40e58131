"""XARF v4 (eXtended Abuse Reporting Format, xarf/xarf-spec at 37820da, MIT): reports in, reports out."""

from __future__ import annotations

from mufakat.formats.xarf.reports_in import read_xarf
from mufakat.formats.xarf.reports_out import write_xarf

__all__ = ["read_xarf", "write_xarf"]
