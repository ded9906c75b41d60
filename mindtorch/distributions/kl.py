"""Kullback-Leibler divergences: KL(p || q) = -H(p) - E_p[log q].

Pairs of one family have their own formulas. Others follow from q: its -log density is linear in a few expectations of p
(mean, second moment, E log x ...), which each p gives.
"""
import functools
import math
import warnings

import mindtorch as torch
from mindtorch.nn.functional import softplus

from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .continuous_bernoulli import ContinuousBernoulli
from .dirichlet import Dirichlet
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .laplace import Laplace
from .lowrank_multivariate_normal import LowRankMultivariateNormal, log_det, mahalanobis
from .multivariate_normal import MultivariateNormal, batch_mahalanobis, half_log_det
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import euler_constant, sum_rightmost

__all__ = ["register_kl", "kl_divergence"]

_KL_REGISTRY = {}
_KL_MEMOIZE = {}


def register_kl(type_p, type_q):
    """Decorator: a function of (p, q) for these types and their subclasses. TypeError for what is no class."""
    for given, name in ((type_p, "type_p"), (type_q, "type_q")):
        if not isinstance(given, type):
            raise TypeError(f"Expected {name} to be a class but got {given}")

    def decorator(function):
        _KL_REGISTRY[type_p, type_q] = function
        _KL_MEMOIZE.clear()
        return function

    return decorator


@functools.total_ordering
class _Closeness:
    """Types ordered from the most special."""

    def __init__(self, *types):
        self.types = types

    def __eq__(self, other):
        return self.types == other.types

    def __le__(self, other):
        for a, b in zip(self.types, other.types):
            if not issubclass(a, b):
                return False
            if a is not b:
                break
        return True


def _dispatch_kl(type_p, type_q):
    found = _KL_MEMOIZE.get((type_p, type_q))
    if found is not None:
        return found
    fitting = [pair for pair in _KL_REGISTRY if issubclass(type_p, pair[0]) and issubclass(type_q, pair[1])]
    if not fitting:
        return NotImplemented
    left = _KL_REGISTRY[min(_Closeness(*m) for m in fitting).types]
    q, p = min(_Closeness(*reversed(m)) for m in fitting).types
    if left is not _KL_REGISTRY[p, q]:
        warnings.warn(f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). Please "
                      f"register_kl({p.__name__}, {q.__name__})", RuntimeWarning, stacklevel=3)
    _KL_MEMOIZE[type_p, type_q] = left
    return left


def kl_divergence(p, q):
    """KL(p || q) of each member of the batch. NotImplementedError where no formula is registered."""
    function = _dispatch_kl(type(p), type(q))
    if function is NotImplemented:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {p.__class__.__name__} and q type "
                                  f"{q.__class__.__name__}")
    return function(p, q)


# ---- pairs of one family ----
@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p, q):
    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    zero = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    one = one.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0)
    return one + zero.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0)


@register_kl(Beta, Beta)
def _beta(p, q):
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Binomial, Binomial)
def _binomial(p, q):
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    kl = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return kl.masked_fill(p.total_count > q.total_count, math.inf)


@register_kl(Categorical, Categorical)
def _categorical(p, q):
    t = p.probs * (p.logits - q.logits)
    return t.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot(p, q):
    return _categorical(p._categorical, q._categorical)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p, q):
    return p.mean * (p.logits
                     - q.logits) + p._cont_bern_log_norm() + torch.log1p(-p.probs) - q._cont_bern_log_norm(
                         ) - torch.log1p(-q.probs)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p, q):
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    norms = total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return norms + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p, q):
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p, q):
    if type(p) is not type(q):
        raise NotImplementedError("The cross KL-divergence between different exponential families cannot be computed "
                                  f"using Bregman divergences, got {type(p)} and {type(q)}")
    natural = [x.detach().requires_grad_() for x in p._natural_params]
    normaliser = p._log_normalizer(*natural)
    slopes = torch.autograd.grad(normaliser.sum(), natural, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normaliser
    for a, b, g in zip(natural, q._natural_params, slopes):
        term = (b - a) * g
        result = result - sum_rightmost(term, term.dim() - len(torch.broadcast_shapes(p.batch_shape, q.batch_shape)))
    return result


@register_kl(Gamma, Gamma)
def _gamma(p, q):
    a, b = p.concentration, q.concentration
    return b * (p.rate
                / q.rate).log() + torch.lgamma(b) - torch.lgamma(a) + (a - b) * torch.digamma(a) + (
                    q.rate - p.rate) * (a / p.rate)


@register_kl(Gumbel, Gumbel)
def _gumbel(p, q):
    ratio, away = p.scale / q.scale, (p.loc - q.loc) / q.scale
    return away - ratio.log() + ratio * euler_constant + torch.exp((1 + ratio).lgamma() - away) - (1 + euler_constant)


@register_kl(Geometric, Geometric)
def _geometric(p, q):
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p, q):
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p, q):
    ratio, away = p.scale / q.scale, (p.loc - q.loc).abs()
    return away / q.scale - ratio.log() + ratio * torch.exp(-away / p.scale) - 1


@register_kl(Normal, Normal)
def _normal(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Pareto, Pareto)
def _pareto(p, q):
    ratio = q.alpha / p.alpha
    kl = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return kl.masked_fill(p.scale < q.scale, math.inf)


@register_kl(Poisson, Poisson)
def _poisson(p, q):
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Uniform, Uniform)
def _uniform(p, q):
    return ((q.high - q.low) / (p.high - p.low)).log().masked_fill((q.low > p.low) | (q.high < p.high), math.inf)


@register_kl(Cauchy, Cauchy)
def _cauchy(p, q):
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()


@register_kl(Independent, Independent)
def _independent(p, q):
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p, q):
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p, q):
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


# ---- multivariate normal, dense or of low rank ----
def _half_log_det(d):
    if isinstance(d, LowRankMultivariateNormal):
        return 0.5 * log_det(d._unbroadcasted_cov_diag, d._capacitance_tril)
    return half_log_det(d._unbroadcasted_scale_tril)


def _factor(d):
    """F with F F^T the covariance."""
    if isinstance(d, LowRankMultivariateNormal):
        return torch.cat([d.cov_factor, torch.diag_embed(d.cov_diag.sqrt())], -1)
    return d._unbroadcasted_scale_tril


def _distance(d, x):
    if isinstance(d, LowRankMultivariateNormal):
        return mahalanobis(d._unbroadcasted_cov_factor, d._unbroadcasted_cov_diag, x, d._capacitance_tril)
    return batch_mahalanobis(d._unbroadcasted_scale_tril, x)


def _multivariate_normal(p, q):
    if p.event_shape != q.event_shape:
        rank = "Low Rank " if isinstance(q, LowRankMultivariateNormal) else ""
        raise ValueError(f"KL-divergence between two {rank}Multivariate Normals with different event shapes cannot be "
                         "computed")
    columns = _factor(p).mT  # the trace of Q^-1 F F^T is the sum of distances of F's columns
    if isinstance(q, LowRankMultivariateNormal):
        trace = mahalanobis(q._unbroadcasted_cov_factor.unsqueeze(-3), q._unbroadcasted_cov_diag.unsqueeze(-2), columns,
                            q._capacitance_tril.unsqueeze(-3)).sum(-1)
    else:
        trace = torch.linalg.solve_triangular(q._unbroadcasted_scale_tril, columns.mT, upper=False).pow(2).sum((-2, -1))
    return _half_log_det(q) - _half_log_det(p) + 0.5 * (trace + _distance(q, p.loc - q.loc) - p.event_shape[0])


for _p in (MultivariateNormal, LowRankMultivariateNormal):
    for _q in (MultivariateNormal, LowRankMultivariateNormal):
        register_kl(_p, _q)(_multivariate_normal)


# ---- pairs of different families, by expectations ----
def _x_log_x(x):
    return torch.special.xlogy(x, x)


def _mean_log(p):
    """E log x."""
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (_x_log_x(p.high) - _x_log_x(p.low)) / (p.high - p.low) - 1


def _laplace_transform(p, t):
    """E exp(-t x)."""
    if isinstance(p, Exponential):
        return p.rate / (p.rate + t)
    if isinstance(p, Gamma):
        return (1 + t / p.rate).pow(-p.concentration)
    if isinstance(p, Normal):
        return torch.exp(0.5 * (t * p.scale).pow(2) - t * p.loc)
    return (torch.exp(-t * p.low) - torch.exp(-t * p.high)) / (t * (p.high - p.low))


def _to_normal(p, q):
    spread = p.variance + (p.mean - q.loc).pow(2)
    return 0.5 * math.log(2 * math.pi) + q.scale.log() + 0.5 * spread / q.scale.pow(2)


def _to_exponential(p, q):
    return q.rate * p.mean - q.rate.log()


def _to_gamma(p, q):
    return q.concentration.lgamma() - q.concentration * q.rate.log() - (
        q.concentration - 1) * _mean_log(p) + q.rate * p.mean


def _to_gumbel(p, q):
    t = q.scale.reciprocal()
    return q.scale.log() + t * (p.mean - q.loc) + torch.exp(t * q.loc) * _laplace_transform(p, t)


def _to_uniform(p, q):
    return (q.high - q.low).log().masked_fill((q.low > 0) | (q.high < 1), math.inf)


def _to_continuous_bernoulli(p, q):
    return -p.mean * q.logits - torch.log1p(-q.probs) - q._cont_bern_log_norm()


def _to_pareto(p, q):
    return (q.alpha + 1) * _mean_log(p) - q.alpha.log() - q.alpha * q.scale.log()


def _to_beta(p, q):
    a, b, width = q.concentration1, q.concentration0, p.high - p.low
    other = (_x_log_x(1 - p.low) - _x_log_x(1 - p.high)) / width - 1  # E log (1 - x)
    return a.lgamma() + b.lgamma() - (a + b).lgamma() - (a - 1) * _mean_log(p) - (b - 1) * other


def _to_laplace(p, q):
    away = p.loc - q.loc
    distance = (math.sqrt(2 / math.pi) * p.scale * torch.exp(-0.5 * (away / p.scale).pow(2)) + away
                * torch.erf(math.sqrt(0.5) * away / p.scale))
    return (2 * q.scale).log() + distance / q.scale


def _crossed(cross, outside, p, q):
    kl = cross(p, q) - p.entropy()
    return kl if outside is None else kl.masked_fill(outside(p, q), math.inf)


def _infinite(p, q):
    return torch.full_like(p.mean, math.inf)


_BELOW_ZERO = {Uniform: lambda p, q: p.low < 0}
_CROSSED = (  # q, how, the p that it is for, where the result is inf
    (Normal, _to_normal, (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform), {}),
    (Exponential, _to_exponential, (Beta, ContinuousBernoulli, Gamma, Pareto, Uniform), _BELOW_ZERO),
    (Gamma, _to_gamma, (Beta, Exponential, Pareto, Uniform), _BELOW_ZERO),
    (Gumbel, _to_gumbel, (Exponential, Gamma, Normal, Uniform), {}),
    (Uniform, _to_uniform, (Beta, ContinuousBernoulli), {}),
    (
        ContinuousBernoulli,
        _to_continuous_bernoulli,
        (Beta, Uniform),
        {Uniform: lambda p, q: (p.high > 1) | (p.low < 0)},
    ),
    (Pareto, _to_pareto, (Uniform,), {Uniform: lambda p, q: p.low < q.scale}),
    (Beta, _to_beta, (Uniform,), {Uniform: lambda p, q: (p.high > 1) | (p.low < 0)}),
    (Laplace, _to_laplace, (Normal,), {}),
)
_INFINITE = {  # p reaches where q's density is 0
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}
for _q, _cross, _ps, _outside in _CROSSED:
    for _p in _ps:
        register_kl(_p, _q)(functools.partial(_crossed, _cross, _outside.get(_p)))
for _p, _qs in _INFINITE.items():
    for _q in _qs:
        register_kl(_p, _q)(_infinite)
