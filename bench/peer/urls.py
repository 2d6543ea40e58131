"""The addresses."""

from django.urls import path

from bench.peer import batches, lists, register, views

urlpatterns = [
    path("api/v1/notices", lists.collection),
    path("api/v1/notices/batch", batches.submit_batch),
    path("api/v1/register", register.search),
    path("health/ready", views.ready),
]
