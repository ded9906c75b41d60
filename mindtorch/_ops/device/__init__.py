"""What Ascend does in several launches, and what is done when a chip refuses."""
