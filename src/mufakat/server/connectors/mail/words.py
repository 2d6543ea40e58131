"""What letters say, Indonesian first: one table by the type of the event, and a safe general letter for every other.

A letter tells that something is there, until when, and where. It carries ids, codes and times, never content, and no
name of a natural person (I-14, I-18): whoever may know the rest reads it behind the sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Letter:
    """The sentences of one type, and whether it asks for an answer (then silence turns to the next contact)."""

    id: str
    en: str
    asks: bool = False


GENERAL = Letter(
    "Ada kabar baru di Mufakat tentang perkara di bawah ini. Silakan masuk untuk melihatnya.",
    "There is news in Mufakat about the case below. Please sign in to read it.",
)

LETTERS: Mapping[str, Letter] = {
    "notice.received": Letter(
        "Sebuah pemberitahuan untuk Anda telah diterima dan dicatat. Mohon konfirmasi penerimaannya sebelum tenggat.",
        "A notice to you was received and recorded. Please acknowledge it before it is due.",
        asks=True,
    ),
    "notice.acknowledged": Letter(
        "Penerima telah mengonfirmasi bahwa pemberitahuan Anda sudah diterima.",
        "The recipient has acknowledged your notice.",
    ),
    "notice.withdrawn": Letter("Pemberitahuan ini telah ditarik kembali.", "This notice was withdrawn."),
    "message.sent": Letter(
        "Ada pesan baru dalam pemberitahuan ini. Silakan masuk untuk membaca dan menjawabnya.",
        "There is a new message on this notice. Please sign in to read and answer it.",
        asks=True,
    ),
    "information.asked": Letter(
        "Layanan memerlukan keterangan sebelum memutuskan pemberitahuan ini. Silakan masuk untuk membaca dan "
        "menjawabnya.",
        "The service needs information before it can decide on this notice. Please sign in to read and answer it.",
        asks=True,
    ),
    # The same letter whatever was decided: what it is stands with its reasons, behind the sign-in (I-05, I-14).
    "decision.made": Letter(
        "Pemberitahuan ini telah diputuskan. Silakan masuk untuk membaca keputusan dan alasannya.",
        "This notice was decided. Please sign in to read the decision and its reasons.",
    ),
    "reasons.given": Letter(
        "Pernyataan alasan telah disampaikan kepada orang yang terdampak.",
        "The statement of reasons was given to whoever is affected.",
    ),
    "measure.approved": Letter(
        "Orang kedua telah menyetujui suatu tindakan. Silakan masuk untuk melihat tindakan itu.",
        "A second person has approved a measure. Please sign in to see which.",
    ),
    "measure.declined": Letter(
        "Orang kedua tidak menyetujui suatu tindakan; tindakan itu tidak dilaksanakan.",
        "A second person has declined a measure; it is not carried out.",
    ),
    "measure.confirmed": Letter(
        "Suatu tindakan dalam keputusan ini telah dilaksanakan.",
        "A measure of this decision was carried out.",
    ),
    "measure.failed": Letter(
        "Suatu tindakan dalam keputusan ini tidak dapat dilaksanakan. Silakan masuk untuk membaca sebabnya.",
        "A measure of this decision could not be carried out. Please sign in to read why.",
    ),
    "measure.ended": Letter(
        "Waktu suatu tindakan telah habis; tindakan itu harus dibatalkan.",
        "The time of a measure is over; it is to be undone.",
    ),
    "measure.reverted": Letter(
        "Suatu tindakan telah dibatalkan.",
        "A measure was undone.",
    ),
    "appeal.lodged": Letter(
        "Ada keberatan terhadap keputusan ini. Silakan masuk untuk membacanya.",
        "There is an appeal against this decision. Please sign in to read it.",
    ),
    "appeal.upheld": Letter(
        "Keberatan telah diputuskan: keputusan semula tetap berlaku. Silakan masuk untuk membaca alasannya.",
        "The appeal was decided: the decision stands. Please sign in to read the reasons.",
    ),
    "appeal.reversed": Letter(
        "Keberatan telah diputuskan: keputusan semula dibatalkan. Silakan masuk untuk membaca alasannya.",
        "The appeal was decided: the decision is reversed. Please sign in to read the reasons.",
    ),
    "appeal.partly_reversed": Letter(
        "Keberatan telah diputuskan: sebagian keputusan semula dibatalkan. Silakan masuk untuk membaca alasannya.",
        "The appeal was decided: a part of the decision is reversed. Please sign in to read the reasons.",
    ),
    "appeal.dismissed": Letter(
        "Keberatan tidak dapat diterima. Silakan masuk untuk membaca alasannya.",
        "The appeal is not admissible. Please sign in to read the reasons.",
    ),
    "notice.closed": Letter(
        "Perkara ini telah ditutup: waktu untuk keberatan sudah lewat, atau keberatan terakhir telah diputuskan.",
        "This case is closed: the time for appeals is over, or the last appeal was decided.",
    ),
    "escalation.climbed": Letter(
        "Pemberitahuan ini belum dikonfirmasi dan naik satu anak tangga. Anda dihubungi karena giliran Anda.",
        "This notice has not been acknowledged and climbed one step. You are told because it is your turn.",
        asks=True,
    ),
    "warning.sent": Letter(
        "Sebuah surat dalam tangga pemberitahuan ini telah dikirim. Silakan masuk untuk membaca dan mencetaknya.",
        "A letter of the ladder of this notice was sent. Please sign in to read and print it.",
    ),
    "clock.breached": Letter(
        "Tenggat pemberitahuan ini telah lewat.",
        "The time for this notice has run out.",
    ),
    "clock.paused": Letter("Tenggat pemberitahuan ini dihentikan sementara.", "The clock of this notice was paused."),
    "clock.resumed": Letter("Tenggat pemberitahuan ini berjalan lagi.", "The clock of this notice runs again."),
    "drill.sent": Letter(
        "Ini latihan: kami memastikan bahwa Anda dapat dihubungi. Buka halaman di bawah dan tekan tombolnya.",
        "This is a drill: we make sure that you can be reached. Open the page below and press its button.",
    ),
    "drill.missed": Letter(
        "Sebuah latihan tidak dijawab; kontak itu kini ditandai tidak dapat dihubungi.",
        "A drill was not answered; that contact is now marked as unreachable.",
    ),
    "contact.set": Letter(
        "Daftar kontak organisasi Anda akan berubah. Jika ini bukan dari Anda, masuk dan batalkan sebelum berlaku.",
        "The contacts of your organisation are about to change. If this is not yours, sign in and stop it in time.",
    ),
    "contact.removed": Letter(
        "Sebuah kontak organisasi Anda dihapus. Jika ini bukan dari Anda, segera masuk dan periksa.",
        "A contact of your organisation was removed. If this is not yours, sign in at once and look.",
    ),
    "mandate.suspended": Letter(
        "Mandat organisasi Anda ditangguhkan. Alasannya, dan cara menjawabnya, ada di halaman mandat.",
        "The mandate of your organisation was suspended. The reason, and how to reply, are on the page of mandates.",
    ),
    "mandate.revoked": Letter(
        "Mandat organisasi Anda dicabut. Alasannya ada di halaman mandat.",
        "The mandate of your organisation was revoked. The reason is on the page of mandates.",
    ),
    "mail.undelivered": Letter(
        "Surat tentang perkara ini tidak sampai kepada rekan Anda, atau tidak ada jawaban. Mohon Anda yang melihatnya.",
        "A letter about this case did not reach your colleague, or nobody answered it. Please look at it yourself.",
        asks=True,
    ),
}

RECEIPT = Letter(
    "Surel Anda telah diterima dan dicatat. Tanda terimanya terlampir. Surel tidak memberi wewenang: agar menjadi "
    "pemberitahuan, seseorang yang terdaftar perlu masuk dan mengirimkannya.",
    "Your mail was received and recorded. Its receipt is attached. A mail carries no authority: for it to become a "
    "notice, an enrolled person has to sign in and send it.",
)

CATEGORIES: Mapping[str, str] = {
    "terrorism": "terorisme / terrorism",
    "child_sexual_abuse": "kekerasan seksual terhadap anak / child sexual abuse",
    "narcotics": "narkotika / narcotics",
    "gambling": "perjudian / gambling",
    "fraud": "penipuan / fraud",
    "violence": "kekerasan / violence",
    "hate": "kebencian / hate",
    "privacy": "privasi / privacy",
    "other": "lainnya / other",
}

FOOT = (
    "Surat ini dibuat otomatis. Jawaban lewat surel dicatat, tetapi baru berlaku setelah Anda masuk.\n"
    "This letter was made automatically. An answer by mail is recorded, but counts only once you have signed in."
)


def letter_for(type_: str) -> Letter:
    """The letter of a type; the general one for any that the table does not know."""
    return LETTERS.get(type_, GENERAL)
