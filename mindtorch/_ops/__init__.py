"""The op table: one file per family, registry.py turns a declaration into function, method, in-place and out= forms."""
