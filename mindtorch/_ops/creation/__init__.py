"""New tensors: from sizes, data, formulas, random numbers, casts."""
