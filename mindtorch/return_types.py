"""torch.return_types: named tuples that functions with several results return."""
import sys


def _getter(i):
    return property(lambda self: tuple.__getitem__(self, i))


def _define(name, *fields):
    """A tuple class that prints as torch's does; built from a sequence, or from the fields one by one."""

    def __new__(cls, *values):
        if len(values) == 1 and isinstance(values[0], (tuple, list)) and len(fields) != 1:
            values = values[0]
        if len(values) != len(fields):
            raise TypeError(
                f"torch.return_types.{name}() takes a {len(fields)}-sequence ({len(values)}-sequence given)")
        return tuple.__new__(cls, values)

    def __repr__(self):
        return f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={v!r}" for f, v in zip(fields, self)) + ")"

    body = {"__new__": __new__, "__repr__": __repr__, "__reduce__": lambda self: (type(self), (tuple(self),)),
            "__slots__": (), "__module__": "torch.return_types", "_fields": fields,
            "__match_args__": fields, "n_fields": len(fields), "n_sequence_fields": len(fields), "n_unnamed_fields": 0,
            "__doc__": f"Result of torch.{name.replace('linalg_', 'linalg.')}."}
    body.update({f: _getter(i) for i, f in enumerate(fields)})
    made = type(name, (tuple,), body)
    setattr(sys.modules[__name__], name, made)
    all_return_types.append(made)
    return made


all_return_types = []
for _name in ("cummax", "cummin", "kthvalue", "max", "median", "min", "mode", "nanmedian", "sort", "topk"):
    _define(_name, "values", "indices")
for _name, _fields in {
    "aminmax": "min max", "frexp": "mantissa exponent", "geqrf": "a tau", "histogram": "hist bin_edges",
    "histogramdd": "hist bin_edges", "linalg_cholesky_ex": "L info",
    "linalg_eig": "eigenvalues eigenvectors", "linalg_eigh": "eigenvalues eigenvectors",
    "linalg_inv_ex": "inverse info", "linalg_ldl_factor": "LD pivots",
    "linalg_ldl_factor_ex": "LD pivots info", "linalg_lstsq": "solution residuals rank singular_values",
    "linalg_lu": "P L U", "linalg_lu_factor": "LU pivots",
    "linalg_lu_factor_ex": "LU pivots info", "linalg_qr": "Q R", "linalg_slogdet": "sign logabsdet",
    "linalg_solve_ex": "result info", "linalg_svd": "U S Vh", "lu_unpack": "P L U",
    "qr": "Q R", "slogdet": "sign logabsdet", "svd": "U S V", "triangular_solve": "solution cloned_coefficient",
}.items():
    _define(_name, *_fields.split())
