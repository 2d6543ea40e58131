"""How well: accuracy of mandates, timeliness of those who decide."""
