"""Restrictions at the network: who closed which name, on what ground, until when, and how it opens again."""
