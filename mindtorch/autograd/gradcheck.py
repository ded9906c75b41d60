"""Analytical gradients against finite differences."""


def gradcheck(*args, **kwargs):
    raise NotImplementedError


gradgradcheck = gradcheck
