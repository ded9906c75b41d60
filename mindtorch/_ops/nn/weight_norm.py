"""Weight normalisation: a direction times a magnitude."""
from ..table.registry import op


@op(method=False, out=False)
def norm_except_dim(v, pow: int = 2, dim=0):
    """Norms over all dimensions but one, which stay as sizes of 1; over everything for dim=-1."""
    if dim == -1:
        return v.norm(pow)
    last = v.dim() - 1
    if dim in (0, last):
        shape = [1] * v.dim()
        shape[dim] = v.size(dim)
        return (v.reshape(v.size(0), -1).norm(pow, 1) if dim == 0
                else v.reshape(-1, v.size(last)).norm(pow, 0)).view(shape)
    return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)


@op(method=False, out=False)
def _weight_norm(v, g, dim=0):
    """v * (g / norm of v over all dimensions but `dim`)."""
    return v * (g / norm_except_dim(v, 2, dim))
