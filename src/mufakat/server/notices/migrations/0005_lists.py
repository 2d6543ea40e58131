"""Lists, desk and related notices out of indexes alone, however many notices there are."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Min, OuterRef, Q, Subquery

OPEN = ("received", "acknowledged", "needs_information")


def fill(apps, schema_editor):
    notice = apps.get_model("notices", "Notice")
    clock = apps.get_model("notices", "Clock")
    pointer = apps.get_model("notices", "Pointer")
    running = clock.objects.filter(notice=OuterRef("pk"), ended_at=None).order_by().values("notice")
    notice.objects.update(due_at=Subquery(running.annotate(due=Min("due_at")).values("due")))
    of = notice.objects.filter(pk=OuterRef("notice_id"))
    pointer.objects.update(
        sender_id=Subquery(of.values("sender_id")), recipient_id=Subquery(of.values("recipient_id"))
    )
    pointer.objects.exclude(notice__state__in=OPEN).update(linked=False)


def party(**options):
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="parties.party",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0003_holds"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.AddField("notice", "due_at", models.DateTimeField(null=True)),
        migrations.AddField("pointer", "sender", party(null=True)),
        migrations.AddField("pointer", "recipient", party(null=True)),
        migrations.AddField("pointer", "linked", models.BooleanField(default=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("pointer", "sender", party()),
        migrations.AlterField("pointer", "recipient", party()),
        migrations.AddField(
            "notice",
            "waits_for",
            models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(state="received", then=models.F("recipient")),
                    models.When(state="acknowledged", then=models.F("recipient")),
                    models.When(state="needs_information", then=models.F("sender")),
                    default=models.Value(None),
                ),
                output_field=models.CharField(max_length=30, null=True),
            ),
        ),
        migrations.RemoveIndex("notice", "notice_of_sender"),
        migrations.RemoveIndex("notice", "notice_of_recipient"),
        migrations.RemoveIndex("pointer", "pointer_digest"),
        migrations.AddIndex("notice", models.Index(fields=["sender", "state", "id"], name="notice_of_sender")),
        migrations.AddIndex("notice", models.Index(fields=["recipient", "state", "id"], name="notice_of_recipient")),
        migrations.AddIndex(
            "notice", models.Index(fields=["sender", "recipient", "state", "id"], name="notice_between")
        ),
        migrations.AddIndex("notice", models.Index(fields=["waits_for", "due_at", "id"], name="notice_waits_for")),
        migrations.AddIndex(
            "pointer",
            models.Index(fields=["digest", "sender", "notice"], name="pointer_of_sender", condition=Q(linked=True)),
        ),
        migrations.AddIndex(
            "pointer",
            models.Index(
                fields=["digest", "recipient", "notice"], name="pointer_of_recipient", condition=Q(linked=True)
            ),
        ),
    ]
