"""Stored answers are found by what they are about, and by their age."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0002_events_are_final'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(fields=['subject'], name='answer_subject'),
        ),
        migrations.AddIndex(
            model_name='answer',
            index=models.Index(condition=models.Q(('erased_at', None)), fields=['at'], name='answer_whole'),
        ),
    ]
