"""The addresses."""

from django.urls import path

from bench.peer import batches, lists, views

urlpatterns = [
    path("api/v1/notices", lists.collection),
    path("api/v1/notices/batch", batches.submit_batch),
    path("health/ready", views.ready),
]
