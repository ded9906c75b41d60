"""Many elements to fewer, running forms, order."""
