"""The one address."""

from django.urls import path

from bench.peer import views

urlpatterns = [path("api/v1/notices", views.submit)]
