"""The public log: leaves taken in, proofs made and verified, a whole log audited, and how soon a proof is there."""

from __future__ import annotations

import sys

from bench import log_proving, log_sequencing, log_waiting, suite

if __name__ == "__main__":
    makers = {
        "log.sequence": log_sequencing.sequence,
        "log.inclusion": log_waiting.inclusion,
        "log.proof": log_proving.proof,
        "log.verify": log_proving.verify,
        "log.audit": log_proving.whole,
        "log.start": log_sequencing.start,
    }
    sys.exit(suite.main("log", makers))
