"""What everybody writes: words and sentences by which an entry that would match everything is known.

Our own compilation, small on purpose: it stops a list that was poisoned or pasted by mistake, and no more. What an
entry really finds is shown by its shadow run.
"""

from __future__ import annotations

_WORDS = """
ada adalah agar akan aku anak anda apa apakah atau atas baik banyak baru beberapa belum bisa boleh bukan buat cara
dalam dan dapat dari dengan di dia dong dulu gak hanya harga hari harus hingga ingin ini itu jadi jam jangan jika
juga kak kalau kalian kami kamu karena kasih kata ke kita kok lagi lalu lebih mau malam masih mereka mohon nanti nya
oleh orang pada pagi para pernah pula punya rumah saat saja sama sampai sangat saya sebagai sebuah secara sedang
sehingga sekali sekarang selamat semua seperti serta setelah siang siapa sih sini sore sudah supaya tahun tapi telah
tentang terima tetapi tidak tolong untuk waktu ya yaitu yang
a about all also am an and any are as at be because been but by can could did do does for from good had has have he
hello her here him his how i if in into is it its just like me more morning my no not now of on one only or our out
please she so some than thank thanks that the their them then there these they this to too up us very was we well
were what when where which who why will with would yes you your
"""
WORDS = frozenset(_WORDS.split())

SENTENCES = (
    "selamat pagi, apa kabar semuanya?",
    "besok kita ketemu jam 10.30 di stasiun ya",
    "terima kasih banyak sudah membantu",
    "harga beras naik lagi minggu ini: rp 14.500",
    "Cuaca hari ini cerah sekali.",
    "anak saya baru masuk sekolah dasar",
    "good morning everyone, see you at the office",
    "thank you for your help with the 2 boxes!",
)
"""Sentences of which an entry may match a few, and not most."""
MOST = len(SENTENCES) // 2
