"""Appeals; a resolution is written once: the database itself refuses another."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


NAME = "appeal_is_resolved_once"
REFUSE = f"""
CREATE FUNCTION appeals_{NAME}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END $$
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON appeals_appeal WHEN OLD.resolved_by_id IS NOT NULL "
            f"BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
        )
        return
    schema_editor.execute(REFUSE)
    schema_editor.execute(
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON appeals_appeal FOR EACH ROW WHEN (OLD.resolved_by_id IS NOT NULL) "
        f"EXECUTE FUNCTION appeals_{NAME}()"
    )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER {NAME}")
        return
    schema_editor.execute(f"DROP TRIGGER {NAME} ON appeals_appeal")
    schema_editor.execute(f"DROP FUNCTION appeals_{NAME}()")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('decisions', '0001_initial'),
        ('notices', '0010_files_of_appeals'),
        ('parties', '0003_mandates'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('standing', models.CharField(max_length=16)),
                ('level', models.CharField(max_length=16)),
                ('body', models.CharField(blank=True, max_length=200)),
                ('lodged_at', models.DateTimeField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('state', models.CharField(max_length=16)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('resolution', models.CharField(max_length=30, null=True, unique=True)),
                ('decider', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decision', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='decisions.decision')),
                ('lodged_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('made_by', models.ForeignKey(db_column='made_by', db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='decisions.decision', to_field='made_by')),
                ('notice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notices.notice')),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolved_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sender', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
            ],
            options={
                'indexes': [models.Index(fields=['decision', 'id'], name='appeal_of_decision'), models.Index(fields=['notice', 'state'], name='appeal_of_notice'), models.Index(fields=['party', 'state', 'id'], name='appeal_at_party'), models.Index(fields=['sender', 'state', 'id'], name='appeal_about_sender')],
                'constraints': [models.CheckConstraint(condition=models.Q(('standing', 'uploader'), ('standing', 'sender'), ('standing', 'platform'), ('standing', 'third_party'), _connector='OR'), name='appeal_standing_is_known'), models.CheckConstraint(condition=models.Q(('level', 'internal'), ('level', 'out_of_court'), ('level', 'judicial'), _connector='OR'), name='appeal_level_is_known'), models.CheckConstraint(condition=models.Q(('state', 'lodged'), ('state', 'upheld'), ('state', 'reversed'), ('state', 'partly'), ('state', 'inadmissible'), _connector='OR'), name='appeal_state_is_known'), models.CheckConstraint(condition=models.Q(('made_by', django.db.models.functions.text.Concat(models.F('decision_id'), models.Value('/'), django.db.models.functions.comparison.Cast(models.F('decider_id'), models.CharField(max_length=20))))), name='appeal_names_the_decider_of_its_decision'), models.CheckConstraint(condition=models.Q(('resolved_by', None), models.Q(('resolved_by', models.F('decider')), _negated=True), _connector='OR'), name='appeal_is_resolved_by_somebody_else'), models.CheckConstraint(condition=models.Q(models.Q(('resolution', None), ('resolved_at', None), ('resolved_by', None), ('state', 'lodged')), models.Q(models.Q(('state', 'inadmissible'), ('state', 'partly'), ('state', 'reversed'), ('state', 'upheld'), _connector='OR'), ('resolution__isnull', False), ('resolved_at__isnull', False), ('resolved_by__isnull', False)), _connector='OR'), name='appeal_is_open_or_resolved_by_a_person'), models.CheckConstraint(condition=models.Q(('resolved_at', None), ('resolved_at__gte', models.F('lodged_at')), _connector='OR'), name='appeal_is_resolved_once_lodged'), models.CheckConstraint(condition=models.Q(models.Q(('lodged_by', None), ('person', None), models.Q(('standing', 'third_party'), ('standing', 'uploader'), _connector='OR')), models.Q(('lodged_by__isnull', False), ('person__isnull', False)), _connector='OR'), name='appeal_of_a_party_has_its_person'), models.CheckConstraint(condition=models.Q(models.Q(('body', ''), ('level', 'internal')), models.Q(models.Q(('level', 'internal'), _negated=True), models.Q(('body', ''), _negated=True)), _connector='OR'), name='appeal_outside_names_its_body'), models.UniqueConstraint(condition=models.Q(('lodged_by__isnull', False), ('state', 'lodged')), fields=('decision', 'level', 'lodged_by'), name='party_has_one_open_appeal_per_decision'), models.UniqueConstraint(condition=models.Q(('lodged_by', None), ('state', 'lodged')), fields=('decision', 'level', 'standing'), name='code_has_one_open_appeal_per_standing')],
            },
        ),
        migrations.CreateModel(
            name='Window',
            fields=[
                ('notice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='notices.notice')),
                ('due_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['due_at', 'notice'], name='window_due')],
            },
        ),
        migrations.RunPython(make, drop),
    ]
