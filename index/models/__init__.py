"""Networks on this machine: their files, the runtime under them, and the embedder."""
