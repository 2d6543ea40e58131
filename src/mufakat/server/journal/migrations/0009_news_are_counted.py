"""Where several processes write: how often something changed that they remember, told with the time of each turn."""

from django.db import migrations


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE SEQUENCE journal_news")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP SEQUENCE journal_news")


class Migration(migrations.Migration):
    dependencies = [("journal", "0008_outbox_is_walked")]
    operations = [migrations.RunPython(make, drop)]
