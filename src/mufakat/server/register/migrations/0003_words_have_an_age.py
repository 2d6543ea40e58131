"""On PostgreSQL every vector bears the age of its entry (`queries.AGE`), so that its index can be asked age by age.

Marks of filters are written with a sign now that no text has (`entry.mark`): the entries are forgotten, and the worker
makes them anew from the journal. The list of what the index has not taken in yet is short, for every search reads it.
"""

from django.db import migrations, models

FORGET = [
    "DELETE FROM register_entry",
    "DELETE FROM register_words",
    "DELETE FROM journal_follower WHERE name = 'register'",
]
POSTGRESQL = [
    "ALTER TABLE register_words DROP COLUMN vector",
    "ALTER TABLE register_words ADD COLUMN vector tsvector GENERATED ALWAYS AS "
    "(array_to_tsvector(string_to_array(words || ' §age§' || to_hex(place >> 50), ' '))) STORED",
    "CREATE INDEX words_are_found ON register_words USING gin (vector) WITH (gin_pending_list_limit = 256)",
]
POSTGRESQL_BEFORE = [
    "ALTER TABLE register_words DROP COLUMN vector",
    "ALTER TABLE register_words ADD COLUMN vector tsvector "
    "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED",
    "CREATE INDEX words_are_found ON register_words USING gin (vector)",
]


def make(apps, schema_editor):
    run(schema_editor, POSTGRESQL)


def drop(apps, schema_editor):
    run(schema_editor, POSTGRESQL_BEFORE)


def run(schema_editor, statements):
    for statement in FORGET:
        schema_editor.execute(statement)
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("register", "0002_words_are_found"), ("journal", "0008_outbox_is_walked")]
    operations = [
        migrations.RunPython(make, drop),
        migrations.CreateModel(
            name="Merging",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("begun", models.BooleanField(default=False)),
            ],
        ),
    ]
