"""torch.special: special functions by their own names, and aliases of functions that torch has elsewhere too."""
from mindtorch._ops.table.registry import FUNCTIONS as _F, NAMESPACES as _N, under_name as _under_name

globals().update(_N["special"])
for _name, _function in {"exp2": "exp2", "expm1": "expm1", "log1p": "log1p", "erf": "erf", "erfc": "erfc",
                         "sinc": "sinc", "round": "round", "xlogy": "xlogy", "expit": "sigmoid",
                         "logsumexp": "logsumexp", "softmax": "softmax", "log_softmax": "log_softmax",
                         "erfinv": "erfinv", "gammaln": "lgamma", "digamma": "digamma", "psi": "digamma",
                         "polygamma": "polygamma", "multigammaln": "mvlgamma", "gammainc": "igamma",
                         "gammaincc": "igammac", "logit": "logit", "i0": "i0"}.items():
    if _function in _F and _name not in _N["special"]:
        globals()[_name] = _under_name(_F[_function], _name, "special")
