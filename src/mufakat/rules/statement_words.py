"""The sentences of a statement of reasons, Indonesian and English, by the codes of a decision.

Everything that is not a person's own text stands here. A sentence says what was done and what can be done about it; it
blames nobody, and a refusal is told as fully as an act (I-05).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from mufakat.rules.decision import Automation, Outcome, Refusal
from mufakat.rules.notice import Category, MeasureName, NoticeKind


class Tongue(StrEnum):
    """The languages in which the frame of a statement is written."""

    ID = "id"
    EN = "en"


Said = Mapping[Tongue, str]
"""One sentence in both languages."""


def _said(id_: str, en: str) -> Said:
    return MappingProxyType({Tongue.ID: id_, Tongue.EN: en})


OUTCOMES: Mapping[Outcome, Said] = MappingProxyType(
    {
        Outcome.ACT_FULL: _said(
            "Layanan bertindak atas semua yang ditunjuk dalam pemberitahuan.",
            "The service acted on everything that the notice points at.",
        ),
        Outcome.ACT_PARTIAL: _said(
            "Layanan bertindak atas sebagian dari yang ditunjuk dalam pemberitahuan, dan tidak atas selebihnya.",
            "The service acted on a part of what the notice points at, and not on the rest.",
        ),
        Outcome.REFUSE: _said(
            "Layanan tidak bertindak. Tidak ada yang diubah atau dihapus.",
            "The service did not act. Nothing was changed or taken away.",
        ),
        Outcome.NEEDS_INFORMATION: _said(
            "Layanan belum dapat memutuskan dan meminta keterangan kepada pengirim.",
            "The service cannot decide yet and asked the sender for information.",
        ),
        Outcome.IMPOSSIBLE: _said(
            "Layanan tidak dapat melaksanakan yang diminta. Tidak ada yang diubah atau dihapus.",
            "The service is not able to do what was asked. Nothing was changed or taken away.",
        ),
        Outcome.NOT_FOUND: _said(
            "Yang ditunjuk tidak ditemukan. Tidak ada yang diubah atau dihapus.",
            "What the notice points at was not found. Nothing was changed or taken away.",
        ),
        Outcome.DUPLICATE: _said(
            "Perkara ini sudah diputuskan dalam pemberitahuan lain. Tidak ada yang diubah di sini.",
            "This was decided on another notice already. Nothing was changed here.",
        ),
    }
)

REFUSALS: Mapping[Refusal, Said] = MappingProxyType(
    {
        Refusal.NOT_ILLEGAL: _said("Isinya tidak melanggar hukum.", "The content is not illegal."),
        Refusal.NOT_IN_TERMS: _said(
            "Isinya tidak melanggar ketentuan layanan.", "The content does not break the terms of the service."
        ),
        Refusal.UNCLEAR: _said(
            "Tidak jelas apa yang ditunjuk atau apa yang diminta.",
            "It is not clear what is meant or what is asked for.",
        ),
        Refusal.WRONG_PARTY: _said(
            "Bukan layanan ini yang menyimpan isi tersebut.", "It is not this service that holds the content."
        ),
        Refusal.OUTSIDE_JURISDICTION: _said(
            "Hukum yang disebut tidak berlaku atas isi ini.", "The law that is named does not apply to this content."
        ),
        Refusal.NOT_AUTHORISED: _said(
            "Pengirim tidak berwenang meminta hal ini.", "The sender is not entitled to ask for this."
        ),
        Refusal.FORGED: _said(
            "Permintaan ini tidak berasal dari pihak yang disebutnya.",
            "The request does not come from whom it says it comes from.",
        ),
        Refusal.ALREADY_GONE: _said("Isinya sudah tidak ada.", "The content is gone already."),
    }
)

MEASURES: Mapping[MeasureName, Said] = MappingProxyType(
    {
        MeasureName.REMOVE: _said("dihapus", "removed"),
        MeasureName.DISABLE: _said("aksesnya ditutup", "access to it is disabled"),
        MeasureName.DEMOTE: _said("diperlihatkan lebih jarang", "shown less"),
        MeasureName.LABEL: _said("diberi label", "labelled"),
        MeasureName.AGE_RESTRICT: _said("diperlihatkan hanya kepada orang dewasa", "shown to adults only"),
        MeasureName.GEO_RESTRICT: _said("disembunyikan di wilayah yang disebut", "hidden in the places named"),
        MeasureName.WARN: _said("pembuatnya diperingatkan", "its author is warned"),
        MeasureName.PRESERVE: _said("disimpan sebagai bukti", "preserved as evidence"),
        MeasureName.SUSPEND_ACCOUNT: _said("akunnya ditangguhkan", "the account is suspended"),
        MeasureName.TERMINATE_ACCOUNT: _said("akunnya diakhiri", "the account is terminated"),
        MeasureName.CLOSE_CHANNEL: _said("salurannya ditutup", "the channel is closed"),
    }
)

SOURCES: Mapping[NoticeKind, Said] = MappingProxyType(
    {
        NoticeKind.USER_REPORT: _said(
            "Keputusan ini diambil atas laporan seorang pengguna. Namanya tidak disebut.",
            "It was decided on a report by a user, who is not named.",
        ),
        NoticeKind.TRUSTED_FLAG: _said(
            "Keputusan ini diambil atas pemberitahuan pelapor tepercaya: {sender}.",
            "It was decided on the notice of a trusted flagger: {sender}.",
        ),
        NoticeKind.REQUEST: _said(
            "Keputusan ini diambil atas permintaan suatu instansi: {sender}. Permintaan bukan perintah.",
            "It was decided on the request of an authority: {sender}. A request is not an order.",
        ),
        NoticeKind.ORDER: _said(
            "Keputusan ini diambil atas perintah suatu instansi: {sender}.",
            "It was decided on the order of an authority: {sender}.",
        ),
        NoticeKind.OWN_DETECTION: _said(
            "Layanan menemukan isi ini sendiri.", "The service found the content by itself."
        ),
        NoticeKind.FORWARDED: _said(
            "Keputusan ini diambil atas pemberitahuan yang diteruskan oleh layanan lain: {sender}.",
            "It was decided on a notice that another service forwarded: {sender}.",
        ),
    }
)

CATEGORIES: Mapping[Category, Said] = MappingProxyType(
    {
        Category.TERRORISM: _said("terorisme", "terrorism"),
        Category.CHILD_SEXUAL_ABUSE: _said("kekerasan seksual terhadap anak", "sexual abuse of children"),
        Category.NARCOTICS: _said("narkotika", "narcotics"),
        Category.GAMBLING: _said("perjudian", "gambling"),
        Category.FRAUD: _said("penipuan", "fraud"),
        Category.VIOLENCE: _said("kekerasan", "violence"),
        Category.HATE: _said("ujaran kebencian", "hate"),
        Category.PRIVACY: _said("pelanggaran privasi", "privacy"),
        Category.OTHER: _said("hal lain", "something else"),
    }
)

DETECTION: Mapping[bool, Said] = MappingProxyType(
    {
        True: _said("Isi ini ditemukan dengan bantuan mesin.", "The content was found by automated means."),
        False: _said("Isi ini tidak ditemukan oleh mesin.", "The content was not found by automated means."),
    }
)

AUTOMATION: Mapping[Automation, Said] = MappingProxyType(
    {
        Automation.NONE: _said(
            "Keputusan ini diambil oleh manusia, tanpa mesin.", "A person decided, without automated means."
        ),
        Automation.PARTIAL: _said(
            "Mesin membantu dalam keputusan ini; manusia yang memutuskan.",
            "Automated means helped with the decision; a person decided.",
        ),
        Automation.FULL: _said("Keputusan ini diambil oleh mesin.", "The decision was made by automated means."),
    }
)

# -- Headings, and the sentences around values

TITLE = _said("Pernyataan alasan", "Statement of reasons")
DECIDED = _said("Apa yang diputuskan", "What was decided")
SOURCE = _said("Bagaimana perkara ini muncul", "How it came about")
FACTS = _said("Fakta", "The facts")
GROUND = _said("Dasar", "The ground")
REASONS = _said("Mengapa", "Why")
MACHINES = _said("Peran mesin", "What machines did")
REDRESS = _said("Apa yang dapat Anda lakukan", "What you can do")

ABOUT = _said(
    "Keputusan {decision} atas pemberitahuan {notice}, diambil oleh {party} pada {when}.",
    "Decision {decision} on notice {notice}, made by {party} on {when}.",
)
NO_MEASURES = _said("Tidak ada tindakan yang diambil.", "No measure was taken.")
ERASED_LINK = _said("sudah dihapus dari catatan", "erased from the record")
MEASURE = _said(
    "Tautan {number} ({link}): {done} ({code}); {where}; {until}.",
    "Link {number} ({link}): {done} ({code}); {where}; {until}.",
)
UNTOUCHED = _said("Tautan {numbers}: tidak ada tindakan.", "Link {numbers}: nothing was done.")
EVERYWHERE = _said("berlaku di mana saja", "everywhere")
IN_PLACES = _said("berlaku di: {places}", "in: {places}")
UNTIL = _said("sampai {when}", "until {when}")
WITHOUT_END = _said("tanpa batas waktu", "without an end")
CATEGORY = _said(
    "Menurut pemberitahuan, perkara ini tentang {category}.", "The notice says that it is about {category}."
)
LAW = _said(
    "Hukum: {instrument}, {provision} (sistem hukum: {system}).",
    "Law: {instrument}, {provision} (system of law: {system}).",
)
TERMS = _said("Ketentuan layanan: {document}, {clause}.", "Terms of the service: {document}, {clause}.")
NO_GROUND = _said(
    "Tidak ada hukum atau ketentuan yang diterapkan: isinya tidak dinilai.",
    "No law or clause was applied: the content was not judged.",
)
TERMS_AT = _said("Dapat dibaca di: {url}", "To be read at: {url}")
SECOND_PERSON = _said(
    "Tindakan yang tidak dapat dibatalkan baru dilaksanakan setelah disetujui orang kedua.",
    "A measure that cannot be undone is carried out only after a second person has approved it.",
)

APPEAL_UNTIL = _said(
    "Anda dapat mengajukan keberatan kepada layanan ini sampai {when}, tanpa biaya. Orang lain yang akan "
    "memutuskannya, "
    "bukan yang mengambil keputusan ini. Bila keputusan dibatalkan, tindakannya dibatalkan pula.",
    "You can appeal to the service until {when}, free of charge. Somebody else decides it, not who made this decision. "
    "If the decision is reversed, what was done is undone.",
)
APPEAL_NO_WINDOW = _said(
    "Aturan yang berlaku untuk perkara ini tidak menyebut tenggat keberatan; jalan di luar layanan tetap terbuka.",
    "The rules for this case name no time for an appeal; the ways outside of the service stay open.",
)
APPEAL_OVER = _said(
    "Waktu untuk keberatan berakhir pada {when}; jalan di luar layanan tetap terbuka.",
    "The time for an appeal ended on {when}; the ways outside of the service stay open.",
)
APPEAL_AT = _said(
    "Keberatan diajukan di {url}. Tidak perlu akun: tautan itu sendiri cukup. Simpan baik-baik; siapa yang "
    "memilikinya dapat mengajukan keberatan.",
    "Lodge it at {url}. No account is needed: the link alone is enough. Keep it safe; whoever holds it can appeal.",
)
OUTSIDE = _said(
    "Anda juga dapat membawa perkara ini ke badan penyelesaian sengketa di luar pengadilan yang berwenang, atau ke "
    "pengadilan. Ini bukan nasihat hukum.",
    "You can also take the case to a competent body for out-of-court settlement, or to a court. This is no legal "
    "advice.",
)

MONTHS: Mapping[Tongue, tuple[str, ...]] = MappingProxyType(
    {
        Tongue.ID: (
            *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
            *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
        ),
        Tongue.EN: (
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
    }
)
MOMENT = _said("{day} {month} {year} pukul {time} {zone}", "{day} {month} {year} at {time} {zone}")
