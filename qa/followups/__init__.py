"""Follow-ups: a conversation and a question in, a question that stands alone out."""
