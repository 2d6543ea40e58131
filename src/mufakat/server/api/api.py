"""The ordinary API: django-ninja for routes and OpenAPI, our own structs for what goes in and out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from mufakat import __version__
from mufakat.server.api import (
    accuracy,
    agreements,
    appeals,
    banks,
    clocks,
    components,
    contacts,
    decisions,
    deliveries,
    documents,
    evidence,
    files,
    governance,
    hits,
    mandates,
    notices,
    notifications,
    obligations,
    parties,
    policies,
    problems,
    protected_names,
    public,
    register,
    rehearsing,
    resolvers,
    restrictions,
    samples,
    statements,
    telegram,
    warnings,
)

if TYPE_CHECKING:
    from django.http import HttpRequest


class MufakatAPI(NinjaAPI):
    """OpenAPI whose components are the structs that the code itself reads and writes."""

    _described: Any = None

    def get_openapi_schema(self, **options: Any) -> Any:
        """Made once: it takes seconds, anybody may ask, and nothing in it changes while a process runs."""
        if self._described is None:
            self._described = self._describe(**options)
        return self._described

    def _describe(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        schema["paths"].update(public.paths())
        schema["components"] = {
            "schemas": components.components(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": TOKEN}},
        }
        schema["security"] = [{"token": []}]
        schema["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
        for operations in schema["paths"].values():
            for operation in operations.values():
                documents.complete(operation)
        return schema

    def get_openapi_operation_id(self, operation: Any) -> str:
        """A short name that generated clients can wear."""
        return str(operation.url_name or operation.view_func.__name__).replace("-", "_")


TOKEN = "What `mufakat token issue` shows once; it speaks for one seat of one party."  # noqa: S105 - words about it.
TAGS = {
    "notices": "What is asked, of whom, and how it stands.",
    "files": "Many notices at once, in and out.",
    "clocks": "What runs out when, what rests, what ladders ask people to do, and the letters that people send.",
    "decisions": "What was decided on them with which reasons, what is done, and how it is undone.",
    "appeals": "Who contests a decision, with an account or with its code alone, and what came of it.",
    "agreements": "What two or more parties settle, point by point; notices cite the version in force when they came.",
    "restrictions": "What is closed at the network: who orders, approves, carries out and lifts it; is a name closed.",
    "screening": "A platform screens its own public content: banks, policies, samples, hits, notifications.",
    "statements": "Statements of reasons of the DSA Transparency Database, in and out.",
    "evidence": "What notices show: files that both of their parties read.",
    "parties": "Who is here, and who can be reached there.",
    "contacts": "Who can be reached for your own party, and the drills that prove it.",
    "governance": "What your party aims at in filtering, what its reviews found and decided, and what a year comes to.",
    "deliveries": "Being told: webhooks, polling, and what could not be delivered.",
    "register": "What everybody may see, search and take away.",
    "log": "By what everybody can check receipts.",
    "operating": "How the instance is.",
}

api = MufakatAPI(
    title="Mufakat",
    version=__version__,
    description="Notices with signed receipts. Send the token as bearer; POSTs that create need an Idempotency-Key.",
    servers=[{"url": "/"}],
    urls_namespace="api",
)
api.add_router("", files.router)  # First: /notices/export is no notice.
api.add_router("/notices", notices.router)
api.add_router("", clocks.router)
api.add_router("", warnings.router)
api.add_router("", decisions.router)
api.add_router("", appeals.router)
api.add_router("", statements.router)
api.add_router("", evidence.router)
api.add_router("", agreements.router)
api.add_router("", obligations.router)
api.add_router("", rehearsing.router)
api.add_router("/restrictions", restrictions.router)
api.add_router("/banks", banks.router)
api.add_router("/protected-names", protected_names.router)
api.add_router("/resolvers", resolvers.router)
api.add_router("/notifications", notifications.router)
api.add_router("/screening", notifications.counts)
api.add_router("", hits.router)
api.add_router("/policies", policies.router)
api.add_router("/samples", samples.router)
api.add_router("/parties", parties.router)
api.add_router("", contacts.router)
api.add_router("/telegram", telegram.router)
api.add_router("/mandates", mandates.router)
api.add_router("/accuracy", accuracy.router)
api.add_router("", deliveries.router)
api.add_router("/governance", governance.router)
api.add_router("/register/reports", governance.public)  # Before: no entry is called so.
api.add_router("/register", register.router)


@api.exception_handler(Exception)
def anything(request: HttpRequest, error: Exception) -> HttpResponse:
    """Every error of a route becomes a problem in one place."""
    del request
    return problems.response(error)


@api.exception_handler(ValidationError)
def bad_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter of the address that is not of its type."""
    del request
    faults = [{"pointer": "/" + "/".join(map(str, one["loc"])), "detail": str(one["msg"])} for one in error.errors]
    return problems.plain(problems.BAD_FIELD, "See the errors.", errors=faults)


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework itself refuses."""
    del request
    return problems.plain(problems.REFUSED, re.sub(r"\s+", " ", str(error))[:200], status=error.status_code)
