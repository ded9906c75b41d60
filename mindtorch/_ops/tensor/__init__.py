"""What a tensor tells about itself."""
