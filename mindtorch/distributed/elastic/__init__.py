"""Workers that a launcher starts, watches and starts again."""
