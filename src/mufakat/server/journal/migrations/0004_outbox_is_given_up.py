"""A row of the outbox that failed to the end of the ladder waits for an operator, outside the index of open ones."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0003_answers_are_found'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='outbox',
            name='outbox_open',
        ),
        migrations.AddField(
            model_name='outbox',
            name='dead_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='outbox',
            name='detail',
            field=models.CharField(blank=True, db_default='', max_length=200),
        ),
        migrations.AddIndex(
            model_name='outbox',
            index=models.Index(condition=models.Q(('dead_at', None), ('done_at', None)), fields=['due_at'], name='outbox_open'),
        ),
        migrations.AddIndex(
            model_name='outbox',
            index=models.Index(condition=models.Q(('dead_at__isnull', False), ('done_at', None)), fields=['id'], name='outbox_dead'),
        ),
        migrations.AddConstraint(
            model_name='outbox',
            constraint=models.CheckConstraint(condition=models.Q(('done_at', None), ('dead_at', None), _connector='OR'), name='outbox_row_is_done_or_dead_not_both'),
        ),
    ]
