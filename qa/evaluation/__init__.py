"""How good the answers are: metrics over questions with known answers."""
