"""``/verify``: a receipt is verified by the reader's own browser, by a command of theirs, or here for who has neither.

In the browser (``static/web/verify.js``) nothing is sent. What is sent here is read and forgotten; that this site says
"good" proves little about this site: the page says so, and how to ask one's own computer instead.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from mufakat.proof import canonical
from mufakat.proof.errors import ProofError
from mufakat.proof.verify import verify
from mufakat.server.journal import signer
from mufakat.server.register import doors
from mufakat.server.web import paced, verify_words

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LONGEST = 16_384  # Characters: a receipt has a few hundred.


class ReceiptForm(forms.Form):
    """A receipt, as its file holds it."""

    receipt = forms.CharField(
        label=gettext_lazy("The receipt"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off", "required": False}),
        help_text=gettext_lazy("Open the file with a text editor and copy all of it, the empty line too."),
        error_messages={"required": gettext_lazy("Paste the receipt first.")},
    )

    def clean_receipt(self) -> bytes:
        """The bytes, with the line ends that a receipt has: browsers send others."""
        text = self.cleaned_data["receipt"].replace("\r\n", "\n").strip("\n")
        return f"{text}\n".encode("utf-8", "surrogatepass")


@require_http_methods(["GET", "HEAD", "POST"])
@paced.through(doors.READING)
def page(request: HttpRequest) -> HttpResponse:
    """How to verify; by POST, the check of a receipt, which stores nothing."""
    asked = request.GET.get("shard", "")
    shard = asked if asked in signer.shards() else signer.live_shard()
    context: dict[str, Any] = {"shard": shard, "base": request.build_absolute_uri("/").rstrip("/")}
    form = ReceiptForm(request.POST if request.method == "POST" else None, auto_id="there-%s", label_suffix="")
    context["form"] = form
    if request.method == "POST" and form.is_valid():
        context.update(checked(form.cleaned_data["receipt"]))
        if "good" in context:
            # The keys to try it with at home are those of the log that it names, whatever the address said.
            context["shard"] = next(one for one in signer.shards() if signer.origin(one) == context["good"].origin)
    logs = [{"shard": one, "origin": signer.origin(one), "keys": keys_of(one)} for one in signer.shards()]
    context.update(logs=logs, keys=keys_of(context["shard"]), **SAID)
    return render(request, "web/verify.html", context, status=422 if form.errors else 200)


SAID = {
    "reasons": verify_words.REASONS,
    "kinds": verify_words.KINDS,
    "facts": verify_words.FACTS,
    "words": verify_words.WORDS,
}


def keys_of(shard: str) -> str:
    """``keys.json`` of a shard, for people to read and exchange."""
    return json.dumps(signer.published(shard), indent=1)


def checked(receipt: bytes) -> dict[str, Any]:
    """What a receipt proves under our own keys, or why it proves nothing; the sentence of a proof is English."""
    keys = [one for shard in signer.shards() for one in signer.trusted(shard)]
    try:
        found = verify(receipt, keys=keys)
    except ProofError as error:
        return {"refused": str(error)}
    return {"good": found, "digest": canonical.to_base64(found.root)}
