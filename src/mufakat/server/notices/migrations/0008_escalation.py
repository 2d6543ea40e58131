"""Clocks run out, rest, and climb a ladder; what a clock did is never undone: the database itself refuses it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


WENT_BACK = "NEW.climbed < OLD.climbed OR (OLD.breached_at IS NOT NULL AND NEW.breached_at IS DISTINCT FROM OLD.breached_at)"
NAME = "clock_never_climbs_down"
COLUMNS = "climbed, breached_at"
REFUSE = f"""
CREATE FUNCTION notices_{NAME}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END $$
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        when = WENT_BACK.replace("IS DISTINCT FROM", "IS NOT")
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE OF {COLUMNS} ON notices_clock WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
        )
        return
    schema_editor.execute(REFUSE)
    schema_editor.execute(
        f"CREATE TRIGGER {NAME} BEFORE UPDATE OF {COLUMNS} ON notices_clock FOR EACH ROW WHEN ({WENT_BACK}) "
        f"EXECUTE FUNCTION notices_{NAME}()"
    )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER {NAME}")
        return
    schema_editor.execute(f"DROP TRIGGER {NAME} ON notices_clock")
    schema_editor.execute(f"DROP FUNCTION notices_{NAME}()")


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0007_passages'),
        ('parties', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('paused_at', models.DateTimeField()),
                ('paused_by', models.CharField(blank=True, max_length=63)),
                ('resumed_at', models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('resumed_at', None), ('resumed_at__gte', models.F('paused_at')), _connector='OR'), name='rest_ends_after_it_begins'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rung', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('act', models.CharField(max_length=24)),
                ('at', models.DateTimeField()),
                ('event', models.CharField(max_length=30)),
                ('contact', models.CharField(max_length=30, null=True)),
                ('missing', models.BooleanField(db_default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('rung', models.PositiveSmallIntegerField()),
                ('act', models.CharField(max_length=24)),
                ('name', models.CharField(max_length=80)),
                ('proposes', models.CharField(blank=True, max_length=80)),
                ('event', models.CharField(max_length=30)),
                ('contact', models.CharField(max_length=30, null=True)),
                ('made_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='clock',
            name='clock_running',
        ),
        migrations.AddField(
            model_name='clock',
            name='aim',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name='clock',
            name='breached_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='clock',
            name='climbed',
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='clock',
            name='holidays',
            field=models.CharField(max_length=80, null=True),
        ),
        migrations.AddField(
            model_name='clock',
            name='next_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='clock',
            name='paused_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='clock',
            name='remaining',
            field=models.DurationField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='unreachable_since',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='clock',
            name='name',
            field=models.CharField(max_length=80),
        ),
        migrations.AlterField(
            model_name='clock',
            name='void',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('aim', False), ('breached_at', None), ('ended_at', None), ('paused_at', None)), fields=['due_at'], name='clock_running'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('breached_at__isnull', False), ('ended_at', None)), fields=['breached_at'], name='clock_overdue'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='clock_climbing'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('unreachable_since__isnull', False)), fields=['waits_for', 'sender'], name='notice_unreachable'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paused_at', None), ('remaining', None)), models.Q(('breached_at', None), ('ended_at', None), ('paused_at__isnull', False), ('remaining__isnull', False)), _connector='OR'), name='clock_rests_only_while_it_runs_in_time'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(('next_at', None), models.Q(('ended_at', None), ('paused_at', None)), _connector='OR'), name='clock_climbs_only_while_it_runs'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(('breached_at', None), ('aim', False), _connector='OR'), name='clock_that_is_no_term_is_kept'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('unreachable_since', None), ('ended_at', None), _connector='OR'), name='notice_is_unreachable_while_it_waits'),
        ),
        migrations.AddField(
            model_name='rest',
            name='clock',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rests', to='notices.clock'),
        ),
        migrations.AddField(
            model_name='step',
            name='clock',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='notices.clock'),
        ),
        migrations.AddField(
            model_name='task',
            name='clock',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='notices.clock'),
        ),
        migrations.AddField(
            model_name='task',
            name='notice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='notices.notice'),
        ),
        migrations.AddField(
            model_name='task',
            name='party',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party'),
        ),
        migrations.AddIndex(
            model_name='rest',
            index=models.Index(fields=['clock', 'paused_at'], name='rest_of_clock'),
        ),
        migrations.AddConstraint(
            model_name='rest',
            constraint=models.UniqueConstraint(condition=models.Q(('resumed_at', None)), fields=('clock',), name='clock_rests_once_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='step',
            constraint=models.UniqueConstraint(fields=('clock', 'rung'), name='clock_takes_a_step_once'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('done_at', None), ('ended_at', None)), fields=['party', 'id'], name='task_open_of_party'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['notice'], name='task_of_notice'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(fields=('clock', 'rung'), name='task_is_asked_for_once'),
        ),
        migrations.RunPython(make, drop),
    ]
