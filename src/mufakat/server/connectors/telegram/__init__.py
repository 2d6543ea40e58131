"""The screening bot: hears public chats of Telegram where it is an administrator, asks the platform's engine, and acts.

A program of its own, without Django: it needs the addresses of Telegram and of the platform's instance, a token of
each, and a small file for its books. What it may and may not is in ``docs/telegram.md``.
"""
