"""Agreements. What was proposed, signed or adopted is written once: the database itself refuses to change it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FINAL = {
    "agreements_profiletext": "profile_text",
    "agreements_proposal": "proposal",
    "agreements_signature": "signature",
    "agreements_shown": "evidence_of_a_point",
}
WHEN = {"is_never_changed": "UPDATE", "is_never_deleted": "DELETE"}
REFUSE = """
CREATE FUNCTION agreements_is_final() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_NAME, ERRCODE = 'integrity_constraint_violation'; END $$
"""


def make(apps, schema_editor):
    embedded = schema_editor.connection.vendor == "sqlite"
    if not embedded:
        schema_editor.execute(REFUSE)
    for table, what in FINAL.items():
        for rule, when in WHEN.items():
            name = f"{what}_{rule}"
            if embedded:
                then = f"BEGIN SELECT RAISE(ABORT, '{name}'); END"
                schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} {then}")
            else:
                then = "FOR EACH ROW EXECUTE FUNCTION agreements_is_final()"
                schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} {then}")


def drop(apps, schema_editor):
    embedded = schema_editor.connection.vendor == "sqlite"
    for table, what in FINAL.items():
        for rule in WHEN:
            schema_editor.execute(f"DROP TRIGGER {what}_{rule}" + ("" if embedded else f" ON {table}"))
    if not embedded:
        schema_editor.execute("DROP FUNCTION agreements_is_final()")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0004_consequences'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('title_id', models.CharField(max_length=255)),
                ('title_en', models.CharField(max_length=255)),
                ('opened_at', models.DateTimeField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('opened_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='agreement_due'),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('ended_at', None), models.Q(('ended_at__gte', models.F('opened_at')), ('next_at', None)), _connector='OR'), name='agreement_ends_once_opened'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reopening',
            fields=[
                ('agreement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='reopening', serialize=False, to='agreements.agreement')),
                ('holds', models.BooleanField()),
                ('since', models.DateTimeField()),
                ('by', models.JSONField()),
                ('missing', models.JSONField()),
                ('event', models.CharField(max_length=30)),
            ],
        ),
        migrations.CreateModel(
            name='Obligation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('point', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=32)),
                ('party', models.CharField(blank=True, max_length=63)),
                ('state', models.CharField(max_length=16)),
                ('since', models.DateTimeField()),
                ('judged_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('evidence', models.JSONField()),
                ('event', models.CharField(max_length=30)),
                ('agreement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='obligations', to='agreements.agreement')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('agreement', 'point', 'kind', 'party'), name='obligation_stands_once'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['broken', 'due', 'kept', 'late', 'not_measured'])), name='obligation_state_is_known'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['acknowledged_in_time', 'answered_in_time', 'confirmed', 'evidence_given', 'list_synchronised', 'mandate_granted', 'reasons_given', 'representative_reachable', 'review_held', 'screening_running', 'within_scope'])), name='obligation_kind_is_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Point',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('version', models.PositiveSmallIntegerField()),
                ('state', models.CharField(max_length=16)),
                ('since', models.DateTimeField()),
                ('proposals', models.PositiveSmallIntegerField(default=1)),
                ('agreed_at', models.DateTimeField(null=True)),
                ('from_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('agreement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='points', to='agreements.agreement')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('agreement', 'name', 'version'), name='point_has_its_version'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ['agreed', 'countered', 'proposed'])), fields=('agreement', 'name'), name='point_has_one_version_under_way'),
                    models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('agreement', 'name'), name='point_has_one_version_in_force'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['agreed', 'countered', 'ended', 'failed', 'in_force', 'proposed', 'superseded', 'withdrawn'])), name='point_state_is_known'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['countered', 'ended', 'failed', 'proposed', 'superseded', 'withdrawn']), models.Q(('agreed_at__isnull', False), ('from_at__isnull', False)), _connector='OR'), name='point_in_force_was_agreed'),
                    models.CheckConstraint(condition=models.Q(('agreed_at', None), ('from_at__gte', models.F('agreed_at')), _connector='OR'), name='point_binds_nobody_backwards'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProfileText',
            fields=[
                ('ref', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64)),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('raw', models.TextField()),
                ('adopted_at', models.DateTimeField()),
                ('event', models.CharField(max_length=30)),
            ],
            options={
                'indexes': [models.Index(fields=['name', 'adopted_at'], name='profile_of_name')],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('terms', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('point', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='proposed', to='agreements.point')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('point', 'number'), name='proposal_has_its_number'),
                    models.CheckConstraint(condition=models.Q(('terms', ''), _negated=True), name='proposal_says_something'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Shown',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('confirms', models.BooleanField()),
                ('note', models.TextField(blank=True)),
                ('files', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('point', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='shown', to='agreements.point')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['point', 'at'], name='shown_for_point'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Side',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('agreement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='sides', to='agreements.agreement')),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='agreement_sides', to='parties.party')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['party', 'agreement'], name='agreement_of_party'),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=('agreement', 'party'), name='party_is_one_side_of_an_agreement'),
                    models.UniqueConstraint(fields=('agreement', 'position'), name='side_has_its_place'),
                    models.CheckConstraint(condition=models.Q(('position__lt', 20)), name='agreement_has_so_many_sides'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('event', models.CharField(max_length=30)),
                ('key', models.CharField(blank=True, max_length=255)),
                ('signature', models.CharField(blank=True, max_length=200)),
                ('note', models.TextField(blank=True)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='agreements.proposal')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('proposal', 'party'), name='side_signs_a_proposal_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('key', ''), ('signature', '')), models.Q(models.Q(('key', ''), _negated=True), models.Q(('signature', ''), _negated=True)), _connector='OR'), name='signature_names_its_key'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('from_at', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('profile', models.CharField(max_length=64)),
                ('frame', models.JSONField()),
                ('points', models.JSONField()),
                ('event', models.CharField(max_length=30, unique=True)),
                ('agreement', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='agreements.agreement')),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=('agreement', 'number'), name='version_has_its_number'),
                    models.UniqueConstraint(condition=models.Q(('until', None)), fields=('agreement',), name='agreement_has_one_version_in_force'),
                    models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('from_at')), _connector='OR'), name='version_ends_after_it_begins'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Governing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_at', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
                ('recipient', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('sender', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='governing', to='agreements.version')),
            ],
            options={
                "indexes": [
                    models.Index(fields=['sender', 'recipient', 'from_at'], name='governing_of_pair'),
                ],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(('until', None)), fields=('sender', 'recipient'), name='pair_has_one_agreement_in_force'),
                    models.CheckConstraint(condition=models.Q(('sender', models.F('recipient')), _negated=True), name='nobody_agrees_with_itself'),
                ],
            },
        ),
        migrations.RunPython(make, drop),
    ]
