"""The path from public reading-comprehension data to the embedded reader. See training/README.md."""
