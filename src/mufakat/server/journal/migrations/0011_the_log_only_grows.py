"""The database itself refuses to shorten the log or to change a hash of it (I-09)."""

from django.db import migrations

# A tile of other bytes, of none more than before, too wide, or not in whole hashes; a head that does not grow.
SQLITE = [
    "CREATE TRIGGER tile_is_whole BEFORE INSERT ON journal_tile"
    " WHEN length(NEW.hashes) % 32 <> 0 OR length(NEW.hashes) NOT BETWEEN 32 AND 8192"
    " BEGIN SELECT RAISE(ABORT, 'tile_is_whole'); END",
    "CREATE TRIGGER tile_only_grows BEFORE UPDATE ON journal_tile"
    " WHEN NEW.shard <> OLD.shard OR NEW.level <> OLD.level OR NEW.number <> OLD.number"
    " OR length(NEW.hashes) % 32 <> 0 OR length(NEW.hashes) > 8192 OR length(NEW.hashes) <= length(OLD.hashes)"
    " OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes"
    " BEGIN SELECT RAISE(ABORT, 'tile_only_grows'); END",
    "CREATE TRIGGER tile_is_never_deleted BEFORE DELETE ON journal_tile"
    " BEGIN SELECT RAISE(ABORT, 'tile_is_never_deleted'); END",
    "CREATE TRIGGER head_only_grows BEFORE UPDATE ON journal_head"
    " WHEN NEW.shard <> OLD.shard OR NEW.size <= OLD.size"
    " BEGIN SELECT RAISE(ABORT, 'head_only_grows'); END",
    "CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON journal_head"
    " BEGIN SELECT RAISE(ABORT, 'head_is_never_deleted'); END",
]
POSTGRESQL = [
    """CREATE FUNCTION journal_tile_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF length(NEW.hashes) % 32 <> 0 OR length(NEW.hashes) NOT BETWEEN 32 AND 8192
      OR (TG_OP = 'UPDATE' AND (NEW.shard <> OLD.shard OR NEW.level <> OLD.level OR NEW.number <> OLD.number
        OR length(NEW.hashes) <= length(OLD.hashes)
        OR substring(NEW.hashes FOR length(OLD.hashes)) <> OLD.hashes))
    THEN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END IF;
    RETURN NEW; END $$""",
    """CREATE FUNCTION journal_head_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.shard <> OLD.shard OR NEW.size <= OLD.size
    THEN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END IF;
    RETURN NEW; END $$""",
    "CREATE TRIGGER tile_only_grows BEFORE INSERT OR UPDATE ON journal_tile"
    " FOR EACH ROW EXECUTE FUNCTION journal_tile_only_grows()",
    "CREATE TRIGGER head_only_grows BEFORE UPDATE ON journal_head"
    " FOR EACH ROW EXECUTE FUNCTION journal_head_only_grows()",
    *(
        f"CREATE TRIGGER {name}_is_never_{done} BEFORE {deed} ON journal_{name}"
        f" FOR EACH {each} EXECUTE FUNCTION journal_event_is_final()"
        for name in ("tile", "head")
        for deed, done, each in (("DELETE", "deleted", "ROW"), ("TRUNCATE", "truncated", "STATEMENT"))
    ),
]


def make(apps, schema_editor):
    for sql in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(sql, params=None)  # There is a percent sign in it that stands for no parameter.


class Migration(migrations.Migration):
    dependencies = [("journal", "0010_the_log")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
