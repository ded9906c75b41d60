"""Layers of networks and losses as functions."""
