"""Event rows are leaves: the database itself refuses to change or remove one (I-03)."""

from django.db import NotSupportedError, migrations

TRIGGERS = {
    "event_is_never_updated": "BEFORE UPDATE",
    "event_is_never_deleted": "BEFORE DELETE",
}


def make(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        raise NotSupportedError("the triggers of other databases come with those databases")
    for name, when in TRIGGERS.items():
        schema_editor.execute(
            f"CREATE TRIGGER {name} {when} ON journal_event BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def drop(apps, schema_editor):
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER {name}")


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
