"""What waits in the outbox, apart by kind and in the order in which it is taken."""

from django.db import migrations, models

from mufakat.server.journal.models import Kind


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0007_followers'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='outbox',
            name='outbox_open',
        ),
        migrations.AddIndex(
            model_name='outbox',
            index=models.Index(Kind('to'), models.F('due_at'), models.F('id'), condition=models.Q(('dead_at', None), ('done_at', None)), name='outbox_open'),
        ),
    ]
