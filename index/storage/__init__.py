"""The SQLite file that is the truth: opened, read, written, checked, copied and made sound."""
