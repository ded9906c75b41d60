"""What a tensor is. Imports nothing from above: _ops, nn, optim ... build on it."""
