"""Tensors of dtypes that MindSpore cannot hold."""
