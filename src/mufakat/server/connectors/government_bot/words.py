"""What the bot says, in Indonesian and English: ids, codes, times and questions, nothing that others wrote.

A chat there is not closed to the service that carries it. So a message says that something happened, and where to read
it; what somebody wrote about it stands behind the sign-in (I-14, I-18). Marked places are filled by `say`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Phrase(NamedTuple):
    """The same in both languages."""

    id: str
    en: str

    def say(self, language: str, **filled: object) -> str:
        """In this language, the marked places filled."""
        text = self.id if language == "id" else self.en
        return text.format(**filled) if filled else text


STRANGER = Phrase(
    "Akun Telegram ini tidak terhubung dengan siapa pun di Mufakat. Masuk ke meja Anda, buka halaman Telegram, buat "
    "tautan, lalu buka tautan itu di ponsel ini.",
    "This Telegram account is bound to nobody in Mufakat. Sign in to your desk, open the page Telegram, make a link, "
    "and open it on this phone.",
)
BOUND = Phrase(
    "Obrolan ini sekarang milik {seat}. Kirim tautan untuk membuat pemberitahuan. /help menjelaskan selebihnya.\n"
    "Apa yang dicatat ada di Mufakat, bukan di sini. Jangan kirim berkas.",
    "This chat is now that of {seat}. Send a link to make a notice. /help says the rest.\n"
    "What is on record is in Mufakat, not here. Send no files.",
)
HELP_SENDER = Phrase(
    "Kirim satu tautan atau lebih (t.me/…, https://…), satu per baris; saya menanyakan sisanya dan mengirim setelah "
    "Anda menyetujui ringkasannya.\n/status NOMOR: keadaan suatu pemberitahuan\n/cancel: batalkan yang sedang "
    "dibuat\n/id, /en: bahasa\n/stop: lepaskan obrolan ini",
    "Send one link or several (t.me/…, https://…), one on a line; I ask for the rest, and send it once you have "
    "agreed to the summary.\n/status NUMBER: how a notice stands\n/cancel: put aside what is being made\n"
    "/id, /en: the language\n/stop: unbind this chat",
)
HELP_RECIPIENT = Phrase(
    "Pemberitahuan baru untuk organisasi Anda datang ke sini, dengan tombol untuk yang boleh Anda lakukan.\n"
    "/status NOMOR: keadaan suatu pemberitahuan\n/cancel: batalkan yang sedang ditulis\n/id, /en: bahasa\n"
    "/stop: lepaskan obrolan ini",
    "New notices to your organisation come here, with buttons for what you may do.\n/status NUMBER: how a notice "
    "stands\n/cancel: put aside what is being written\n/id, /en: the language\n/stop: unbind this chat",
)
UNBOUND = Phrase("Obrolan ini tidak terhubung lagi.", "This chat is bound to nobody any more.")
NO_FILES = Phrase(
    "Berkas tidak diterima di sini, dan yang ini tidak diunduh. Bukti dikirim di meja: {page}",
    "No files are taken here, and this one was not fetched. Evidence is sent at the desk: {page}",
)
NO_FORWARDS = Phrase(
    "Pesan terusan tidak diterima: itu kata-kata orang lain. Kirim tautannya sendiri.",
    "Forwarded messages are not taken: they are somebody else's words. Send the link yourself.",
)
NO_LINKS = Phrase(
    "Saya tidak menemukan tautan di situ. Kirim tautan, satu per baris, atau /help.",
    "I find no link in that. Send links, one on a line, or /help.",
)
TOO_MANY_LINKS = Phrase(
    "Paling banyak {most} tautan dalam satu pesan. Lebih dari itu dikirim di meja.",
    "At most {most} links in one message. More are sent at the desk.",
)
BAD_LINK = Phrase(
    "Baris {line} bukan tautan yang dapat diterima: {why}", "Line {line} is no link that can be taken: {why}"
)
SLOWER = Phrase("Terlalu banyak pesan sekaligus. Tunggu sebentar.", "Too many messages at once. Wait a moment.")
TOO_LONG = Phrase("Paling banyak {most} karakter.", "At most {most} characters.")
NOT_TEXT = Phrase("Tulis teks biasa.", "Write plain text.")
NOT_YOURS = Phrase("Tombol ini bukan untuk Anda.", "This button is not for you.")
OLD_BUTTON = Phrase(
    "Tombol ini sudah lama. Gunakan /status atau meja.", "This button is of the past. Use /status or the desk."
)
ANSWERED = Phrase("Itu sudah dijawab.", "That was answered already.")
SENT_ALREADY = Phrase("Sudah dikirim: {case}", "Sent already: {case}")
BEGUN = Phrase("Selesaikan dulu yang sudah dimulai, atau /cancel.", "First finish what was begun, or /cancel.")
NOTHING_BEGUN = Phrase("Tidak ada yang sedang dibuat.", "Nothing is being made.")
PUT_ASIDE = Phrase("Dibatalkan; yang diketik sudah dihapus.", "Put aside; what was typed is erased.")
NO_SUCH = Phrase(
    "Tidak ada pemberitahuan seperti itu yang boleh Anda lihat.", "There is no such notice that you may see."
)
REFUSED = Phrase("Tidak dapat dilakukan: {why}", "That cannot be done: {why}")
AT_DESK = Phrase("Selengkapnya di meja: {page}", "Everything else at the desk: {page}")
MORE = Phrase(
    "Sampai {until} tidak ada kabar lagi yang dikirim ke sini. Semuanya ada di meja: {page}",
    "Until {until} no more news is sent here. All of it is at the desk: {page}",
)

ASK_TO = Phrase("Untuk siapa?", "To whom?")
ASK_CATEGORY = Phrase("{many} tautan. Tentang apa?", "{many} links. What is it about?")
ASK_KIND = Phrase("Jenis pemberitahuan?", "What kind of notice?")
ASK_URGENCY = Phrase("Seberapa mendesak?", "How urgent is it?")
ASK_GROUND = Phrase("Atas dasar apa?", "On which ground?")
ASK_LAW = Phrase(
    "Tulis dasarnya: peraturan; pasal. Contoh: UU 11/2008; Pasal 40 ayat (2a)",
    "Write the ground: law; article. For example: UU 11/2008; Pasal 40 ayat (2a)",
)
ASK_TERMS = Phrase(
    "Tulis ketentuannya: dokumen; klausul. Contoh: Terms of Service; 3.2",
    "Write the clause: document; clause. For example: Terms of Service; 3.2",
)
BAD_GROUND = Phrase(
    "Dua bagian dengan titik koma di antaranya, masing-masing paling banyak 255 karakter.",
    "Two parts with a semicolon between them, each of at most 255 characters.",
)
ASK_EXPLANATION = Phrase(
    "Jelaskan: apa isinya, dan mengapa melanggar. Penerima membacanya.",
    "Explain: what is there, and why it breaks that. The recipient reads it.",
)
ASK_TEXT = Phrase(
    "Tulis pesan Anda kepada pihak lain, tentang {case}.", "Write your message to the other side, about {case}."
)
ASK_QUESTION = Phrase(
    "Apa yang masih diperlukan untuk memutuskan {case}? Pengirim menjawab; tenggat berhenti sampai ia menjawab.",
    "What is missing to decide on {case}? The sender answers; the clock rests until then.",
)
ASK_REFUSAL = Phrase("Mengapa {case} ditolak?", "Why is {case} refused?")
ASK_FACTS = Phrase("Fakta: apa yang Anda temukan?", "The facts: what did you find?")
ASK_REASONS = Phrase(
    "Alasan, untuk pengirim dan yang terdampak: mengapa tidak ada tindakan?",
    "The reasons, for the sender and whoever is affected: why is nothing done?",
)
ASK_REASON = Phrase("Mengapa {case} ditarik kembali?", "Why is {case} withdrawn?")
SUMMARY = Phrase("Ringkasan. Belum ada yang dikirim.", "The summary. Nothing was sent yet.")
FAULTS = Phrase("Begini belum dapat diterima:", "It cannot be taken like this:")
NO_LOCATORS = Phrase(
    "{many} tautan (tidak ditampilkan di sini untuk kategori ini)", "{many} links (not shown here for this category)"
)

TAKEN = Phrase(
    "Diterima dan dicatat.\n{case}\nPukul {at}\nTanda terima (hash): {leaf}\nBerkas tanda terima: {page}",
    "Taken and recorded.\n{case}\nAt {at}\nReceipt (hash): {leaf}\nThe file of the receipt: {page}",
)
ACKNOWLEDGED = Phrase("Penerimaan dikonfirmasi atas nama Anda.", "Acknowledged, by you.")
SAID = Phrase("Pesan tercatat.", "Your message is recorded.")
ASKED = Phrase("Pertanyaan tercatat; pengirim menjawab.", "Your question is recorded; the sender answers next.")
DECIDED = Phrase("Penolakan dengan alasan tercatat.", "The refusal is recorded, with its reasons.")
WITHDRAWN = Phrase("Pemberitahuan ditarik kembali.", "The notice is withdrawn.")

SEND = Phrase("Kirim", "Send")
BACK = Phrase("Kembali", "Back")
DISCARD = Phrase("Batalkan", "Discard")
STATUS = Phrase("Status", "Status")
WITHDRAW = Phrase("Tarik kembali", "Withdraw")
ACKNOWLEDGE = Phrase("Konfirmasi penerimaan", "Acknowledge")
ASK = Phrase("Tanya", "Ask")
ANSWER = Phrase("Jawab", "Answer")
REFUSE = Phrase("Tolak", "Refuse")
OWN_LAW = Phrase("Dasar hukum lain…", "Another law…")
TERMS = Phrase("Ketentuan layanan…", "Terms of service…")

LABELS: Mapping[str, Phrase] = {
    "case": Phrase("Nomor", "Number"),
    "state": Phrase("Keadaan", "State"),
    "from": Phrase("Dari", "From"),
    "to": Phrase("Kepada", "To"),
    "category": Phrase("Tentang", "About"),
    "kind": Phrase("Jenis", "Kind"),
    "urgency": Phrase("Kemendesakan", "Urgency"),
    "ground": Phrase("Dasar", "Ground"),
    "explanation": Phrase("Penjelasan", "Explanation"),
    "due": Phrase("Tenggat", "Due"),
    "leaf": Phrase("Tanda terima (hash)", "Receipt (hash)"),
    "refusal": Phrase("Sebab", "Why"),
    "facts": Phrase("Fakta", "Facts"),
    "reasons": Phrase("Alasan", "Reasons"),
    "reason": Phrase("Sebab", "Why"),
    "text": Phrase("Pesan", "Message"),
}

CODES: Mapping[str, Phrase] = {
    "terrorism": Phrase("Terorisme", "Terrorism"),
    "child_sexual_abuse": Phrase("Kekerasan seksual terhadap anak", "Sexual abuse of children"),
    "narcotics": Phrase("Narkotika", "Narcotics"),
    "gambling": Phrase("Perjudian", "Gambling"),
    "fraud": Phrase("Penipuan", "Fraud"),
    "violence": Phrase("Kekerasan", "Violence"),
    "hate": Phrase("Kebencian", "Hate"),
    "privacy": Phrase("Privasi", "Privacy"),
    "other": Phrase("Lainnya", "Other"),
    "user_report": Phrase("Laporan pengguna", "Report by a user"),
    "trusted_flag": Phrase("Penanda tepercaya", "Trusted flag"),
    "request": Phrase("Permintaan", "Request"),
    "order": Phrase("Perintah", "Order"),
    "own_detection": Phrase("Temuan sendiri", "Own detection"),
    "forwarded": Phrase("Diteruskan", "Forwarded"),
    "normal": Phrase("Biasa", "Normal"),
    "urgent": Phrase("Mendesak", "Urgent"),
    "emergency": Phrase("Darurat", "Emergency"),
    "received": Phrase("Diterima; penerima mengonfirmasi", "Received; the recipient acknowledges next"),
    "acknowledged": Phrase("Dikonfirmasi; penerima memutuskan", "Acknowledged; the recipient decides next"),
    "needs_information": Phrase("Perlu keterangan; pengirim menjawab", "Needs information; the sender answers next"),
    "decided": Phrase("Diputuskan", "Decided"),
    "closed": Phrase("Ditutup", "Closed"),
    "withdrawn": Phrase("Ditarik kembali", "Withdrawn"),
    "not_illegal": Phrase("Tidak melanggar hukum", "Not illegal"),
    "not_in_terms": Phrase("Tidak melanggar ketentuan", "Not against the terms"),
    "unclear": Phrase("Tidak jelas", "Unclear"),
    "wrong_party": Phrase("Pihak yang salah", "Wrong party"),
    "outside_jurisdiction": Phrase("Di luar yurisdiksi", "Outside the jurisdiction"),
    "not_authorised": Phrase("Tidak berwenang", "Not authorised"),
    "forged": Phrase("Palsu", "Forged"),
    "already_gone": Phrase("Sudah tidak ada", "Already gone"),
}

EVENTS: Mapping[str, Phrase] = {
    "notice.received": Phrase("Pemberitahuan baru untuk Anda.", "A new notice to you."),
    "notice.acknowledged": Phrase(
        "Penerima mengonfirmasi pemberitahuan Anda.", "The recipient acknowledged your notice."
    ),
    "notice.withdrawn": Phrase("Pemberitahuan ini ditarik kembali.", "This notice was withdrawn."),
    "message.sent": Phrase("Ada pesan baru; baca di meja.", "There is a new message; read it at the desk."),
    "information.asked": Phrase(
        "Layanan memerlukan keterangan; baca pertanyaannya di meja.",
        "The service needs information; read the question at the desk.",
    ),
    # The same whatever was decided: what it is stands with its reasons, behind the sign-in (I-05, I-14).
    "decision.made": Phrase(
        "Pemberitahuan ini diputuskan; baca keputusan dan alasannya di meja.",
        "This notice was decided; read the decision and its reasons at the desk.",
    ),
    "appeal.lodged": Phrase("Ada keberatan terhadap keputusan ini.", "There is an appeal against this decision."),
    "appeal.upheld": Phrase("Keberatan diputuskan; baca di meja.", "The appeal was decided; read it at the desk."),
    "appeal.reversed": Phrase("Keberatan diputuskan; baca di meja.", "The appeal was decided; read it at the desk."),
    "appeal.partly_reversed": Phrase(
        "Keberatan diputuskan; baca di meja.", "The appeal was decided; read it at the desk."
    ),
    "appeal.dismissed": Phrase("Keberatan diputuskan; baca di meja.", "The appeal was decided; read it at the desk."),
    "clock.breached": Phrase("Suatu tenggat telah lewat.", "A clock has run out."),
    "notice.closed": Phrase("Pemberitahuan ini ditutup.", "This notice is closed."),
}
"""The events of a notice that a chat is told of; of others it is told nothing."""


def coded(code: str, language: str) -> str:
    """The word for a code of ours, the code where there is none."""
    found = CODES.get(code)
    return found.say(language) if found is not None else code


def line(label: str, value: str, language: str) -> str:
    """``Label: value``."""
    return f"{LABELS[label].say(language)}: {value}"
