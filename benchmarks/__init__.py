"""Speed and quality, measured. Each module runs on its own and commits its figures to benchmarks/results."""
