"""Views, indexing, joining."""
