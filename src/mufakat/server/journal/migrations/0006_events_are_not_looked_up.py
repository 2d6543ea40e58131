"""Openings, outbox rows and places in the log's queue name their event without a check (``models``)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0005_outbox_is_polled'),
    ]

    operations = [
        migrations.AlterField(
            model_name='opening',
            name='event',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='openings', to='journal.event'),
        ),
        migrations.AlterField(
            model_name='outbox',
            name='event',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='journal.event'),
        ),
        migrations.AlterField(
            model_name='pending',
            name='event',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='journal.event'),
        ),
    ]
