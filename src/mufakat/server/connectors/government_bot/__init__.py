"""The Government Channel over Telegram: a second door for people who have a seat, never a record of its own.

A chat carries questions and buttons; what comes of them is done by the ordinary operations, in the seat of the person
whose chat it is. No file is taken, nothing that others wrote is sent out, and of child sexual abuse no locator either.
"""
