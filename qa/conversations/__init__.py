"""Conversations: what was asked and answered, how it is kept, shown and taken along."""
