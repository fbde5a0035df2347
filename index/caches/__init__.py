"""What is derived from the store and made anew at need: vectors in FAISS, words in Tantivy."""
