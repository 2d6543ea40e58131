"""The peer: webhooks as they are written every day, Django's ORM and ``requests`` in a loop (bench.delivery)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from datetime import timedelta
from typing import ClassVar

import django
import requests
from django.conf import settings

told = json.loads(sys.argv[1])
settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": told["database"],
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    },
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import connection, models  # noqa: E402
from django.utils import timezone  # noqa: E402

SECRET = b"a secret of this bench, 32 bytes"
BATCH = 100


class Webhook(models.Model):
    """A message on its way."""

    url = models.CharField(max_length=2_000)
    body = models.TextField()
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(db_index=True)
    status = models.IntegerField(null=True)
    delivered_at = models.DateTimeField(null=True, db_index=True)

    objects: ClassVar[models.Manager[Webhook]] = models.Manager()

    class Meta:
        app_label = "peer"


def fill(urls: list[str], each: int) -> None:
    """What waits."""
    with connection.schema_editor() as editor:
        editor.create_model(Webhook)
    body = json.dumps({"type": "token.issued", "data": {"event": "evt_" + "0" * 26}})
    rows = [Webhook(url=url, body=body, next_at=timezone.now()) for _ in range(each) for url in urls]
    Webhook.objects.bulk_create(rows, batch_size=1_000)


def headers(hook: Webhook) -> dict[str, str]:
    """Standard Webhooks."""
    seconds = str(int(time.time()))
    content = f"msg_{hook.pk}.{seconds}.{hook.body}".encode()
    signature = base64.b64encode(hmac.new(SECRET, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": f"msg_{hook.pk}",
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{signature}",
        "content-type": "application/json",
    }


def work() -> None:
    """Until nothing is left."""
    session = requests.Session()
    while True:
        due = Webhook.objects.filter(delivered_at=None, next_at__lte=timezone.now()).order_by("next_at")
        hooks = list(due[:BATCH])
        if not hooks:
            return
        for hook in hooks:
            hook.attempts += 1
            try:
                answer = session.post(hook.url, data=hook.body.encode(), headers=headers(hook), timeout=15)
                hook.status = answer.status_code
            except requests.RequestException:
                hook.status = None
            if hook.status is not None and 200 <= hook.status < 300:
                hook.delivered_at = timezone.now()
            else:
                hook.next_at = timezone.now() + timedelta(seconds=2**hook.attempts)
            hook.save()


if __name__ == "__main__":
    fill(told["urls"], told["each"])
    started, cpu = time.perf_counter(), time.process_time()
    work()
    print(json.dumps({"took": time.perf_counter() - started, "cpu": time.process_time() - cpu}))
