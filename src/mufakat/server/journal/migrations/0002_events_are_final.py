"""Event rows are leaves: the database itself refuses to change or remove one (I-03)."""

from django.db import migrations

SQLITE = {
    "event_is_never_updated": "BEFORE UPDATE",
    "event_is_never_deleted": "BEFORE DELETE",
}
POSTGRESQL = {
    "event_is_never_updated": "BEFORE UPDATE ON journal_event FOR EACH ROW",
    "event_is_never_deleted": "BEFORE DELETE ON journal_event FOR EACH ROW",
    "event_is_never_truncated": "BEFORE TRUNCATE ON journal_event FOR EACH STATEMENT",
}
REFUSE = """
CREATE FUNCTION journal_event_is_final() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END $$
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name, when in SQLITE.items():
            schema_editor.execute(
                f"CREATE TRIGGER {name} {when} ON journal_event BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )
        return
    schema_editor.execute(REFUSE)
    for name, when in POSTGRESQL.items():
        schema_editor.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION journal_event_is_final()")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in SQLITE:
            schema_editor.execute(f"DROP TRIGGER {name}")
        return
    for name in POSTGRESQL:
        schema_editor.execute(f"DROP TRIGGER {name} ON journal_event")
    schema_editor.execute("DROP FUNCTION journal_event_is_final()")


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
