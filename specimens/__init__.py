"""Made-up papers of made-up people, marked MẪU, for tests, demo and benchmarks."""
