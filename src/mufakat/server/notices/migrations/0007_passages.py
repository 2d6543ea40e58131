"""The four times of a notice, in whose hands it is on each side, and messages."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def date_the_acknowledgements(apps, schema_editor):
    """What was acknowledged before this release was so, and seen, at the time of the event that says it."""
    events = apps.get_model("journal", "Event").objects.filter(case=OuterRef("pk"), type="notice.acknowledged")
    notices = apps.get_model("notices", "Notice").objects.exclude(state="received")
    said = Subquery(events.order_by("shard", "position").values("at")[:1])
    # One statement: a row that is written twice in a transaction has its foreign keys checked at the end of it, and
    # PostgreSQL changes no table for which a check is still to come.
    notices.update(acknowledged_at=said, seen_at=said)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0003_answers_are_found'),
        ('notices', '0006_imports'),
        ('parties', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('event', models.CharField(max_length=30, unique=True)),
                ('sent_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='notice',
            name='acknowledged_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='delivered_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='fetched_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='recipient_person',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notice',
            name='seen_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='sender_person',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RunPython(date_the_acknowledgements, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('sender_person__isnull', False)), fields=['sender_person', 'waits_for', 'due_at', 'id'], name='notice_in_hands_of_sender'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('recipient_person__isnull', False)), fields=['recipient_person', 'waits_for', 'due_at', 'id'], name='notice_in_hands_of_recipient'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('acknowledged_at', None), models.Q(('seen_at__isnull', False), ('seen_at__lte', models.F('acknowledged_at'))), _connector='OR'), name='notice_acknowledged_was_seen'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'received')), ('acknowledged_at', None)), models.Q(models.Q(('state', 'acknowledged'), ('state', 'needs_information'), ('state', 'decided'), ('state', 'closed'), _connector='OR'), ('acknowledged_at__isnull', False)), ('state', 'withdrawn'), _connector='OR'), name='notice_is_acknowledged_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fetched_at', None), ('fetched_at__gte', models.F('received_at')), _connector='OR'), models.Q(('delivered_at', None), ('delivered_at__gte', models.F('received_at')), _connector='OR'), models.Q(('seen_at', None), ('seen_at__gte', models.F('received_at')), _connector='OR'), models.Q(('acknowledged_at', None), ('acknowledged_at__gte', models.F('received_at')), _connector='OR')), name='notice_passes_after_it_came'),
        ),
        migrations.AddField(
            model_name='message',
            name='notice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='notices.notice'),
        ),
        migrations.AddField(
            model_name='message',
            name='party',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party'),
        ),
        migrations.AddField(
            model_name='message',
            name='person',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['notice', 'id'], name='message_of_notice'),
        ),
    ]
