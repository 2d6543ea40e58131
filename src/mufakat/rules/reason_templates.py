"""Beginnings of reasons, Indonesian and English: texts that a reviewer takes, completes and answers for.

There are as many for refusing as for acting, and they are as long (I-05). What only the reviewer can know stands as a
blank, `[… like this …]`; a text that still holds one says nothing, so that the form does not take it.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from mufakat.rules.decision import Outcome, Refusal
from mufakat.rules.statement_words import Said, Tongue

_BLANK = re.compile(r"\[…[^\[\]]{0,200}…\]")


class Template(Struct, frozen=True):
    """One beginning: for which outcome (and code of refusal), what it is called, and its two texts."""

    name: str
    outcome: Outcome
    refusal: Refusal | None
    title: Said
    facts: Said
    reasons: Said


class Filled(Struct, frozen=True):
    """The texts with what the notice tells put in."""

    outcome: Outcome
    refusal: Refusal | None
    facts: str
    reasons: str


def blanks(text: str) -> tuple[str, ...]:
    """What still stands open in a text, in its order."""
    return tuple(_BLANK.findall(text))


def fill(name: str, *, tongue: Tongue, ground: str, links: int) -> Filled | None:
    """The template of this name for a notice; None where there is none. An unknown ground becomes a blank."""
    found = TEMPLATES.get(name)
    if found is None:
        return None
    told = {"ground": ground or _GROUND_BLANK[tongue], "links": _links(links, tongue)}
    return Filled(
        found.outcome,
        found.refusal,
        found.facts[tongue].format(**told),
        found.reasons[tongue].format(**told),
    )


def _links(count: int, tongue: Tongue) -> str:
    if tongue is Tongue.ID:
        return f"{count} tautan"
    return "1 link" if count == 1 else f"{count} links"


def _said(id_: str, en: str) -> Said:
    return MappingProxyType({Tongue.ID: id_, Tongue.EN: en})


_GROUND_BLANK = _said("[… hukum atau ketentuan …]", "[… law or clause …]")

_SEEN = _said(
    "Kami memeriksa {links} dalam pemberitahuan ini pada [… tanggal …]. Di sana terdapat [… uraikan apa yang terlihat "
    "…].",
    "We looked at the {links} of the notice on [… date …]. What is there is [… describe what you saw …].",
)

_ALL = (
    Template(
        "act_law",
        Outcome.ACT_FULL,
        None,
        _said("Bertindak: melanggar hukum", "Act: it breaks the law"),
        _SEEN,
        _said(
            "Isi itu melanggar {ground}, karena [… sebutkan unsur mana yang terpenuhi, dan mengapa …]. Kami "
            "mempertimbangkan apakah isi itu berita, pendidikan atau pendapat, dan [… hasilnya …]. Tindakan yang lebih "
            "ringan tidak cukup karena [… alasan …].",
            "It breaks {ground}, because [… which element is met, and why …]. We considered whether it is news, "
            "education or opinion, and [… what came of that …]. A milder measure is not enough because [… reason …].",
        ),
    ),
    Template(
        "act_terms",
        Outcome.ACT_FULL,
        None,
        _said("Bertindak: melanggar ketentuan layanan", "Act: it breaks the terms"),
        _SEEN,
        _said(
            "Isi itu tidak sesuai dengan {ground}, karena [… bagian mana, dan mengapa …]. Ketentuan ini berlaku sama "
            "bagi semua pengguna. Tindakan yang lebih ringan tidak cukup karena [… alasan …].",
            "It is not compatible with {ground}, because [… which part, and why …]. This clause holds for all users "
            "alike. A milder measure is not enough because [… reason …].",
        ),
    ),
    Template(
        "act_partial",
        Outcome.ACT_PARTIAL,
        None,
        _said("Bertindak atas sebagian", "Act on a part"),
        _SEEN,
        _said(
            "Atas tautan [… nomor …] kami bertindak, karena isinya melanggar {ground}: [… mengapa …]. Atas tautan "
            "[… nomor …] kami tidak bertindak, karena [… mengapa tidak …].",
            "We act on the links [… numbers …], because they break {ground}: [… why …]. We do not act on the links "
            "[… numbers …], because [… why not …].",
        ),
    ),
    Template(
        "refuse_not_illegal",
        Outcome.REFUSE,
        Refusal.NOT_ILLEGAL,
        _said("Menolak: tidak melanggar hukum", "Refuse: not illegal"),
        _SEEN,
        _said(
            "{ground} mensyaratkan [… unsur yang disyaratkan …]. Isi ini tidak memenuhinya, karena [… mengapa tidak "
            "…]. "
            "Ini [… berita, pendidikan, satir, pendapat …], yang tidak dilarang oleh ketentuan itu.",
            "{ground} requires [… the element it requires …]. The content does not meet it, because [… why not …]. It "
            "is [… news, education, satire, opinion …], which that provision does not forbid.",
        ),
    ),
    Template(
        "refuse_not_in_terms",
        Outcome.REFUSE,
        Refusal.NOT_IN_TERMS,
        _said("Menolak: sesuai dengan ketentuan layanan", "Refuse: within the terms"),
        _SEEN,
        _said(
            "Kami membandingkannya dengan {ground}. Isi ini tidak dilarang di sana, karena [… mengapa tidak …]. "
            "Pengguna "
            "lain dengan isi serupa kami perlakukan sama.",
            "We compared it with {ground}. The content is not forbidden there, because [… why not …]. We treat other "
            "users with similar content alike.",
        ),
    ),
    Template(
        "refuse_unclear",
        Outcome.REFUSE,
        Refusal.UNCLEAR,
        _said("Menolak: tidak jelas", "Refuse: not clear"),
        _said(
            "Pemberitahuan ini menunjuk {links}. Dari isinya tidak dapat diketahui [… apa yang tidak jelas …].",
            "The notice points at {links}. It does not show [… what is not clear …].",
        ),
        _said(
            "Untuk memutuskan kami perlu mengetahui bagian mana yang dimaksud dan mengapa bagian itu melanggar "
            "{ground}. "
            "Itu tidak disebutkan: [… yang kurang …]. Pengirim dapat mengirim pemberitahuan baru yang menyebutkannya.",
            "To decide we need to know which part is meant and why it breaks {ground}. That is not said: [… what is "
            "missing …]. The sender can send a new notice that says it.",
        ),
    ),
    Template(
        "refuse_wrong_party",
        Outcome.REFUSE,
        Refusal.WRONG_PARTY,
        _said("Menolak: bukan layanan kami", "Refuse: not our service"),
        _said(
            "Pemberitahuan ini menunjuk {links}. Isinya disimpan oleh [… siapa, bila diketahui …], bukan oleh kami.",
            "The notice points at {links}. The content is held by [… whom, if you know …], not by us.",
        ),
        _said(
            "Kami tidak menyimpan atau menyiarkan isi ini dan tidak dapat mengubahnya, apa pun penilaian menurut "
            "{ground}. Yang berwenang memutuskan adalah [… pihak yang tepat …].",
            "We neither hold nor spread the content and cannot change it, whatever {ground} says about it. Who can "
            "decide is [… the right party …].",
        ),
    ),
    Template(
        "refuse_outside_jurisdiction",
        Outcome.REFUSE,
        Refusal.OUTSIDE_JURISDICTION,
        _said("Menolak: di luar wilayah hukum", "Refuse: outside the jurisdiction"),
        _said(
            "Pemberitahuan ini menunjuk {links}. Isi itu ditujukan kepada [… siapa dan di mana …] dan dibuat di "
            "[… di mana, bila diketahui …].",
            "The notice points at {links}. The content is directed at [… whom, and where …] and was made in [… where, "
            "if you know …].",
        ),
        _said(
            "{ground} tidak berlaku atas isi ini, karena [… mengapa tidak …]. Kami sudah mempertimbangkan pembatasan "
            "di satu wilayah saja, dan [… hasilnya …].",
            "{ground} does not apply to the content, because [… why not …]. We considered restricting it in one "
            "territory alone, and [… what came of that …].",
        ),
    ),
    Template(
        "refuse_not_authorised",
        Outcome.REFUSE,
        Refusal.NOT_AUTHORISED,
        _said("Menolak: pengirim tidak berwenang", "Refuse: the sender is not entitled"),
        _said(
            "Pemberitahuan ini menunjuk {links} dan dikirim sebagai [… jenis pemberitahuan …]. Kami memeriksa "
            "kewenangan "
            "pengirim pada [… tanggal dan sumber …].",
            "The notice points at {links} and was sent as [… kind of notice …]. We looked up what the sender is "
            "entitled "
            "to on [… date and source …].",
        ),
        _said(
            "Menurut {ground} hal ini hanya dapat diminta oleh [… siapa …]. Pengirim tidak termasuk, karena "
            "[… mengapa tidak …]. Isinya sendiri tidak kami nilai.",
            "Under {ground} only [… who …] may ask for this. The sender is not among them, because [… why not …]. We "
            "did "
            "not judge the content itself.",
        ),
    ),
    Template(
        "refuse_forged",
        Outcome.REFUSE,
        Refusal.FORGED,
        _said("Menolak: bukan dari pengirim yang disebut", "Refuse: not from whom it claims"),
        _said(
            "Pemberitahuan ini menunjuk {links} dan mengatasnamakan [… siapa …]. Kami menanyakannya kepada pihak itu "
            "pada "
            "[… tanggal dan jalan …].",
            "The notice points at {links} and speaks in the name of [… whom …]. We asked them on [… date and way …].",
        ),
        _said(
            "Pihak itu menjawab bahwa [… jawabannya …]. Karena itu {ground} tidak memberi dasar untuk bertindak. "
            "Isinya "
            "sendiri tidak kami nilai, dan permintaan baru dari pihak yang berwenang tetap terbuka.",
            "They answered that [… the answer …]. So {ground} gives no ground to act. We did not judge the content "
            "itself, and a new request of who is entitled stays open.",
        ),
    ),
    Template(
        "refuse_already_gone",
        Outcome.REFUSE,
        Refusal.ALREADY_GONE,
        _said("Menolak: isinya sudah tidak ada", "Refuse: already gone"),
        _said(
            "Kami memeriksa {links} dalam pemberitahuan ini pada [… tanggal dan jam …]. Isinya sudah tidak ada saat "
            "itu.",
            "We looked at the {links} of the notice on [… date and time …]. The content was gone by then.",
        ),
        _said(
            "Isi itu dihapus oleh [… pembuatnya, atau tidak diketahui …] sebelum kami bertindak. Apakah isi itu "
            "melanggar {ground} tidak lagi dapat dinilai, dan tidak ada yang perlu dilakukan.",
            "It was taken away by [… its author, or not known …] before we acted. Whether it broke {ground} can no "
            "longer be judged, and nothing is left to be done.",
        ),
    ),
    Template(
        "impossible",
        Outcome.IMPOSSIBLE,
        None,
        _said("Tidak dapat dilaksanakan", "Not possible"),
        _said(
            "Pemberitahuan ini menunjuk {links}. Kami memeriksa pada [… tanggal …] apa yang dapat dilakukan dengannya.",
            "The notice points at {links}. On [… date …] we looked at what can be done about it.",
        ),
        _said(
            "Yang diminta menurut {ground} tidak dapat dilaksanakan, karena [… mengapa: teknik, tidak ada akses, "
            "bertentangan dengan hukum lain …]. Yang dapat kami lakukan: [… atau tidak ada …].",
            "What is asked for under {ground} cannot be done, because [… why: technology, no access, against another "
            "law …]. What we can do: [… or nothing …].",
        ),
    ),
    Template(
        "not_found",
        Outcome.NOT_FOUND,
        None,
        _said("Tidak ditemukan", "Not found"),
        _said(
            "Kami mencari {links} dalam pemberitahuan ini pada [… tanggal dan jam …], dengan cara [… bagaimana …].",
            "We looked for the {links} of the notice on [… date and time …], by [… how …].",
        ),
        _said(
            "Di alamat itu tidak ada apa-apa, dan kami tidak mengetahui bahwa pernah ada. Apakah isinya melanggar "
            "{ground} karena itu tidak dapat dinilai. [… yang masih dapat dilakukan pengirim …]",
            "Nothing is at that address, and we do not know that anything ever was. So it cannot be judged whether it "
            "broke {ground}. [… what the sender can still do …]",
        ),
    ),
    Template(
        "duplicate",
        Outcome.DUPLICATE,
        None,
        _said("Sudah diputuskan", "Decided already"),
        _said(
            "Pemberitahuan ini menunjuk {links} yang juga ditunjuk dalam pemberitahuan [… nomornya …].",
            "The notice points at {links} at which the notice [… its number …] points as well.",
        ),
        _said(
            "Atas isi yang sama menurut {ground} sudah diputuskan pada [… tanggal …]: [… keputusannya …]. Tidak ada "
            "fakta baru yang mengubahnya.",
            "The same content under {ground} was decided on [… date …]: [… the decision …]. There is no new fact that "
            "would change it.",
        ),
    ),
    Template(
        "needs_information",
        Outcome.NEEDS_INFORMATION,
        None,
        _said("Minta keterangan", "Ask for information"),
        _said(
            "Pemberitahuan ini menunjuk {links}. Dari yang dikirim kami belum dapat menilai [… apa …].",
            "The notice points at {links}. From what was sent we cannot yet judge [… what …].",
        ),
        _said(
            "Mohon kirimkan: [… keterangan yang diperlukan …]. Tanpa itu tidak dapat dinilai apakah isinya melanggar "
            "{ground}.",
            "Please send: [… the information that is needed …]. Without it we cannot judge whether it breaks {ground}.",
        ),
    ),
)

TEMPLATES: Mapping[str, Template] = MappingProxyType({one.name: one for one in _ALL})
"""By name, in the order in which they are offered."""
