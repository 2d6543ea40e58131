"""The outbox by its recipient, so that a party finds what it was told in the order of the events."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0004_outbox_is_given_up'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='outbox',
            name='outbox_names_a_recipient_once',
        ),
        migrations.AddConstraint(
            model_name='outbox',
            constraint=models.UniqueConstraint(fields=('to', 'event'), name='outbox_names_a_recipient_once'),
        ),
    ]
