import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0005_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='party',
            name='must_sign',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='partykey',
            name='label',
            field=models.CharField(max_length=72, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='partykey',
            name='retired_event',
            field=models.CharField(max_length=30, null=True, unique=True),
        ),
        migrations.AddConstraint(
            model_name='partykey',
            constraint=models.CheckConstraint(condition=models.Q(('label', None), models.Q(('label', ''), _negated=True), _connector='OR'), name='party_key_that_signs_events_has_a_label'),
        ),
        migrations.AddConstraint(
            model_name='partykey',
            constraint=models.CheckConstraint(condition=models.Q(('retired_event', None), ('retired_at__isnull', False), _connector='OR'), name='party_key_is_retired_by_an_event'),
        ),
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.BinaryField()),
                ('event', models.CharField(max_length=30)),
                ('key', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='parties.partykey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('mark', 'key'), name='statement_is_signed_once_by_a_key')],
            },
        ),
    ]
