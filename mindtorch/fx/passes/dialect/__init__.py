"""Modules of torch.fx."""
