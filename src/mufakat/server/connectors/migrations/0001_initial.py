"""Endpoints of parties, and deliveries on their way."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('journal', '0004_outbox_is_given_up'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('carrier', models.CharField(max_length=16)),
                ('target', models.CharField(max_length=30)),
                ('state', models.CharField(max_length=16)),
                ('made_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('leased', models.BooleanField(default=False)),
                ('attempts', models.IntegerField(default=0)),
                ('replays', models.IntegerField(default=0)),
                ('ended_at', models.DateTimeField(null=True)),
                ('status', models.IntegerField(null=True)),
                ('detail', models.CharField(blank=True, db_default='', max_length=200)),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journal.event')),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['carrier', 'target', 'due_at', 'id'], name='delivery_open'), models.Index(condition=models.Q(('state', 'waiting')), fields=['made_at'], name='delivery_oldest'), models.Index(condition=models.Q(('state', 'dead')), fields=['id'], name='delivery_dead')],
                'constraints': [models.UniqueConstraint(fields=('event', 'target'), name='delivery_is_made_once'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'waiting')), models.Q(('ended_at__isnull', False), ('leased', False), ('state__in', ['delivered', 'accepted', 'dead'])), _connector='OR'), name='delivery_waits_or_ended_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2000)),
                ('secret', models.BinaryField()),
                ('former', models.BinaryField(null=True)),
                ('former_until', models.DateTimeField(null=True)),
                ('state', models.CharField(max_length=16)),
                ('ended', models.CharField(blank=True, max_length=16)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('failures', models.IntegerField(default=0)),
                ('failing_since', models.DateTimeField(null=True)),
                ('paused_until', models.DateTimeField(null=True)),
                ('last_at', models.DateTimeField(null=True)),
                ('last_good_at', models.DateTimeField(null=True)),
                ('last_status', models.IntegerField(null=True)),
                ('last_detail', models.CharField(blank=True, max_length=200)),
                ('party', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='parties.party')),
            ],
            options={
                'indexes': [models.Index(fields=['party', 'id'], name='endpoint_of_party')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended', ''), ('ended_at', None), ('state', 'active')), models.Q(('ended__in', ['by_party', 'by_operator', 'gone', 'failing']), ('ended_at__isnull', False), ('state', 'disabled')), _connector='OR'), name='endpoint_is_active_or_says_why_not'), models.CheckConstraint(condition=models.Q(models.Q(('former', None), ('former_until', None)), models.Q(('former__isnull', False), ('former_until__isnull', False)), _connector='OR'), name='endpoint_forgets_its_former_secret')],
            },
        ),
    ]
