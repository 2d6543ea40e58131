"""A search as one writes it first: a column for each filter, and ``icontains`` for each word."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec
from django.db import models
from django.http import HttpResponse

from bench.peer.columns import TABLE

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGE = 50


class Plain(models.Model):
    """An entry in a table of its own; each filter has its index, as Django makes them."""

    place = models.BigIntegerField(primary_key=True)
    id = models.CharField(max_length=30, unique=True)
    kind = models.CharField(max_length=24, db_index=True)
    sender = models.CharField(max_length=63, db_index=True)
    recipient = models.CharField(max_length=63, db_index=True)
    category = models.CharField(max_length=32, db_index=True)
    outcome = models.CharField(max_length=24, db_index=True)
    text = models.TextField()
    body = models.BinaryField()
    objects: ClassVar[models.Manager[Plain]] = models.Manager()

    class Meta:
        app_label = "peer"
        db_table = TABLE
        managed: ClassVar[bool] = False


def search(request: HttpRequest) -> HttpResponse:
    """A page of entries, newest first."""
    asked = request.GET
    found = Plain.objects.order_by("-place")
    for word in asked.get("q", "").split():
        found = found.filter(text__icontains=word)
    for name in ("kind", "category", "outcome"):
        if value := asked.get(name):
            found = found.filter(**{name: value})
    if party := asked.get("party"):
        found = found.filter(models.Q(sender=party) | models.Q(recipient=party))
    if after := asked.get("after"):
        found = found.filter(place__lt=int(after, 16))
    rows = list(found.values_list("place", "body")[: PAGE + 1])
    following = f"{rows[PAGE - 1][0]:x}" if len(rows) > PAGE else None
    items = [msgspec.Raw(bytes(body)) for _, body in rows[:PAGE]]
    return HttpResponse(msgspec.json.encode({"items": items, "next": following}), content_type="application/json")
