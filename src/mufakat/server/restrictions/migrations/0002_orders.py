"""An order says what reopens it; and an emergency stands for at most 72 hours, whoever writes the row (I-07)."""

from django.db import migrations, models

NAME = "restriction_in_an_emergency_ends_within_72_hours"
COLUMNS = "emergency, proposed_at, sunset_at"
# Seconds; half of one for the arithmetic of julianday. SQLite has no interval, and a check made of a function of
# Django's would not be there for whoever opens the file without Django.
TOO_LONG = "NEW.emergency AND (julianday(NEW.sunset_at) - julianday(NEW.proposed_at)) * 86400 > 259200.5"


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event, columns in (("INSERT", ""), ("UPDATE", f" OF {COLUMNS}")):
            schema_editor.execute(
                f"CREATE TRIGGER {NAME}_{event.lower()} BEFORE {event}{columns} ON restrictions_restriction "
                f"WHEN {TOO_LONG} BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
            )
        return
    schema_editor.execute(
        f"ALTER TABLE restrictions_restriction ADD CONSTRAINT {NAME} "
        "CHECK (NOT emergency OR sunset_at - proposed_at <= INTERVAL '72 hours')"
    )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER {NAME}_{event}")
        return
    schema_editor.execute(f"ALTER TABLE restrictions_restriction DROP CONSTRAINT {NAME}")


class Migration(migrations.Migration):

    dependencies = [
        ('restrictions', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='restriction',
            name='reopening',
            field=models.JSONField(),
        ),
        migrations.RunPython(make, drop),
    ]
