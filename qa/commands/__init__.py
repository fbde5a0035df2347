"""The `qa` command: a module for each family of commands, what they share, and what they print."""
