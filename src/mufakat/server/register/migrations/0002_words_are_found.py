"""What finds the words: FTS5 on SQLite, a tsvector with its index on PostgreSQL.

Both take the words as they are, parted at blanks. FTS5 keeps no text and no places of its own (`content`, `detail`);
its triggers keep it in step with the table. The tokenizer `ascii` parts at ASCII signs alone, of which the words have
none but the blank.
"""

from django.db import migrations

SQLITE = [
    "CREATE VIRTUAL TABLE register_found USING fts5(words, content='register_words', content_rowid='place', "
    "tokenize='ascii', detail='none', columnsize=0)",
    "CREATE TRIGGER words_are_found AFTER INSERT ON register_words BEGIN "
    "INSERT INTO register_found(rowid, words) VALUES (new.place, new.words); END",
    "CREATE TRIGGER words_are_lost AFTER DELETE ON register_words BEGIN "
    "INSERT INTO register_found(register_found, rowid, words) VALUES ('delete', old.place, old.words); END",
    "CREATE TRIGGER words_are_changed AFTER UPDATE ON register_words BEGIN "
    "INSERT INTO register_found(register_found, rowid, words) VALUES ('delete', old.place, old.words); "
    "INSERT INTO register_found(rowid, words) VALUES (new.place, new.words); END",
]
POSTGRESQL = [
    "ALTER TABLE register_words ADD COLUMN vector tsvector "
    "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED",
    "CREATE INDEX words_are_found ON register_words USING gin (vector)",
]


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for name in ("words_are_found", "words_are_lost", "words_are_changed"):
            schema_editor.execute(f"DROP TRIGGER {name}")
        schema_editor.execute("DROP TABLE register_found")
        return
    schema_editor.execute("ALTER TABLE register_words DROP COLUMN vector")


class Migration(migrations.Migration):
    dependencies = [("register", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
