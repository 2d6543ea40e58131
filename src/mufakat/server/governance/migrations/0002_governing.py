"""Objectives and reviews. What was held, recorded or published is written once: the database itself keeps it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FINAL = {
    "governance_heldreview": "review",
    "governance_recorded": "record",
    "governance_report": "report",
}
WHEN = {"is_never_changed": "UPDATE", "is_never_deleted": "DELETE"}
REFUSE = """
CREATE FUNCTION governance_is_final() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END $$
"""


def make(apps, schema_editor):
    embedded = schema_editor.connection.vendor == "sqlite"
    if not embedded:
        schema_editor.execute(REFUSE)
    for table, what in FINAL.items():
        for rule, when in WHEN.items():
            name = f"governance_{what}_{rule}"
            then = f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
            if not embedded:
                then = "FOR EACH ROW EXECUTE FUNCTION governance_is_final()"
            schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} {then}")


def drop(apps, schema_editor):
    embedded = schema_editor.connection.vendor == "sqlite"
    for table, what in FINAL.items():
        for rule in WHEN:
            schema_editor.execute(f"DROP TRIGGER governance_{what}_{rule}" + ("" if embedded else f" ON {table}"))
    if not embedded:
        schema_editor.execute("DROP FUNCTION governance_is_final()")


class Migration(migrations.Migration):

    dependencies = [
        ('governance', '0001_counts'),
        ('parties', '0004_consequences'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HeldReview',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('held_at', models.DateTimeField()),
                ('objectives', models.JSONField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [
                    models.Index(fields=['party', 'held_at'], name='review_of_party'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Followup',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('owner', models.CharField(max_length=24)),
                ('due_on', models.DateField()),
                ('done_at', models.DateTimeField(null=True)),
                ('done_event', models.CharField(blank=True, max_length=30)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('review', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='followups', to='governance.heldreview')),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(('done_at', None)), fields=['party', 'due_on', 'id'], name='followup_open'),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=('review', 'number'), name='followup_has_its_number'),
                    models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_event', '')), models.Q(('done_at__isnull', False), models.Q(('done_event', ''), _negated=True)), _connector='OR'), name='followup_is_done_by_an_event'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Objective',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('figure', models.CharField(max_length=32)),
                ('at_least', models.PositiveSmallIntegerField()),
                ('owner', models.CharField(max_length=24)),
                ('every_days', models.PositiveSmallIntegerField()),
                ('review_on', models.DateField()),
                ('agreement', models.CharField(blank=True, max_length=30)),
                ('terms', models.TextField()),
                ('set_at', models.DateTimeField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end_event', models.CharField(blank=True, max_length=30)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [
                    models.Index(fields=['party', 'id'], name='objective_of_party'),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('figure', 'answered_in_time'), ('figure', 'acknowledged_in_time'), ('figure', 'decisions_upheld'), ('figure', 'notices_held'), ('figure', 'drills_answered'), ('figure', 'shadow_results'), ('figure', 'reviewers_trained'), ('figure', 'exposure_kept'), _connector='OR'), name='objective_has_a_known_figure'),
                    models.CheckConstraint(condition=models.Q(('at_least__gte', 1), ('at_least__lte', 100)), name='objective_is_a_share'),
                    models.CheckConstraint(condition=models.Q(('every_days__gte', 1), ('every_days__lte', 366)), name='objective_is_reviewed_every_year'),
                    models.CheckConstraint(condition=models.Q(models.Q(('end_event', ''), ('ended_at', None)), models.Q(('ended_at__gte', models.F('set_at')), models.Q(('end_event', ''), _negated=True)), _connector='OR'), name='objective_ends_by_an_event'),
                    models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('party', 'figure', 'agreement'), name='party_aims_once_at_a_figure'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Recorded',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('figure', models.CharField(max_length=32)),
                ('day', models.DateField()),
                ('part', models.PositiveIntegerField()),
                ('whole', models.PositiveIntegerField()),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('review', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='recorded', to='governance.heldreview')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['party', 'day'], name='record_of_party'),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=('review', 'figure'), name='review_records_a_figure_once'),
                    models.CheckConstraint(condition=models.Q(('figure', 'exposure_kept'), ('figure', 'reviewers_trained'), _connector='OR'), name='people_record_what_is_not_counted'),
                    models.CheckConstraint(condition=models.Q(('part__lte', models.F('whole')), ('whole__gte', 1)), name='record_is_a_share'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('year', models.PositiveSmallIntegerField()),
                ('number', models.PositiveSmallIntegerField()),
                ('made_at', models.DateTimeField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('party', 'year', 'number'), name='report_has_its_number'),
                    models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='report_is_numbered_from_one'),
                ],
            },
        ),
        migrations.RunPython(make, drop),
    ]
