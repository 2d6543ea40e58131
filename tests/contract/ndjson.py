"""How schemathesis sends a file of lines: as it stands, like any other file. It is loaded by schemathesis itself."""

from __future__ import annotations

import schemathesis

schemathesis.serializer.alias("application/x-ndjson", "application/octet-stream")
