"""Legal holds, and from when on the content of a notice is kept for a period only."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def date_the_ends(apps, schema_editor):
    """Notices that were withdrawn before this release ended with the event that says so."""
    events = apps.get_model("journal", "Event").objects.filter(case=OuterRef("pk"), type="notice.withdrawn")
    notices = apps.get_model("notices", "Notice").objects.filter(state="withdrawn")
    notices.update(ended_at=Subquery(events.values("at")[:1]))


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0003_answers_are_found'),
        ('notices', '0002_evidence'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(max_length=30, unique=True)),
                ('placed_by', models.CharField(max_length=63)),
                ('placed_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(('released_at', None), ('released_at__gte', models.F('placed_at')), _connector='OR'), name='hold_is_released_after_it_is_placed'),
                ],
            },
        ),
        migrations.AddField(
            model_name='notice',
            name='ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='erased_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(date_the_ends, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), ('erased_at', None)), fields=['ended_at', 'id'], name='notice_to_erase'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'closed'), ('state', 'withdrawn'), _connector='OR'), ('ended_at__isnull', False)), models.Q(models.Q(('state', 'received'), ('state', 'acknowledged'), ('state', 'needs_information'), ('state', 'decided'), _connector='OR'), ('ended_at', None)), _connector='OR'), name='notice_ends_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at', None), ('ended_at__isnull', False), _connector='OR'), name='notice_is_erased_after_its_end'),
        ),
        migrations.AddField(
            model_name='hold',
            name='notice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='notices.notice'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(fields=['notice'], name='hold_of_notice'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('notice',), name='notice_is_under_one_hold_at_a_time'),
        ),
    ]
