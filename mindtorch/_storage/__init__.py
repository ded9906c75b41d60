"""Memory that tensors share, and what is kept of tensors in copies, pickles and files."""
