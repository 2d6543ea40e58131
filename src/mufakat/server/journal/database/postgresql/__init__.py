"""The PostgreSQL engine; Django finds it as ``ENGINE = "mufakat.server.journal.database.postgresql"``."""
