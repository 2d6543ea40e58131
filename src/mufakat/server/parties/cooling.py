"""The end of a contact's cooling as an expression of the database, for the constraint that nobody goes round.

Django's own sum of a time and a duration calls, on SQLite, a function that only Django's connections have; a check of
the file's integrity by any other program would then fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import DateTimeField, Func

from mufakat.rules.contact import COOLING

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

HOURS = int(COOLING.total_seconds()) // 3600


class Cooled(Func):
    """When what was set at this time has cooled. On SQLite fractions of the second are dropped."""

    arity = 1
    output_field = DateTimeField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template=f"datetime(%(expressions)s, '+{HOURS} hours')", **extra)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template=f"(%(expressions)s + interval '{HOURS} hours')", **extra)
