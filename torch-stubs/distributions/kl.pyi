# Written by `make stubs` from the finished namespace; don't edit.
"""Kullback-Leibler divergences: KL(p || q) = -H(p) - E_p[log q]."""
from torch._typing import Callable, Iterable, Iterator, Mapping, Sequence, Any, ClassVar, Literal, NamedTuple, Self, TypeAlias, overload, Generator, Tensor, Bool, Bytes, Complex, Float, Int, Str, DType, Layout, MemoryFormat, TorchDevice, Number, Ints, OptionalInts, Floats, Device
import torch
from torch import Size as Size, return_types as return_types
from torch.distributions.bernoulli import Bernoulli as Bernoulli
from torch.distributions.beta import Beta as Beta
from torch.distributions.binomial import Binomial as Binomial
from torch.distributions.categorical import Categorical as Categorical
from torch.distributions.cauchy import Cauchy as Cauchy
from torch.distributions.continuous_bernoulli import ContinuousBernoulli as ContinuousBernoulli
from torch.distributions.dirichlet import Dirichlet as Dirichlet
from torch.distributions.exponential import Exponential as Exponential
from torch.distributions.exp_family import ExponentialFamily as ExponentialFamily
from torch.distributions.gamma import Gamma as Gamma
from torch.distributions.geometric import Geometric as Geometric
from torch.distributions.gumbel import Gumbel as Gumbel
from torch.distributions.half_normal import HalfNormal as HalfNormal
from torch.distributions.independent import Independent as Independent
from torch.distributions.laplace import Laplace as Laplace
from torch.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal as LowRankMultivariateNormal
from torch.distributions.multivariate_normal import MultivariateNormal as MultivariateNormal
from torch.distributions.normal import Normal as Normal
from torch.distributions.one_hot_categorical import OneHotCategorical as OneHotCategorical
from torch.distributions.pareto import Pareto as Pareto
from torch.distributions.poisson import Poisson as Poisson
from torch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from torch.distributions.uniform import Uniform as Uniform
from torch.distributions.multivariate_normal import batch_mahalanobis as batch_mahalanobis
euler_constant: Float
from torch.distributions.multivariate_normal import half_log_det as half_log_det
def kl_divergence(p: Any, q: Any) -> Any:
    """KL(p || q) of each member of the batch. NotImplementedError where no formula is registered."""
    ...
from torch.distributions.lowrank_multivariate_normal import log_det as log_det
from torch.distributions.lowrank_multivariate_normal import mahalanobis as mahalanobis
def register_kl(type_p: Any, type_q: Any) -> Any:
    """Decorator: a function of (p, q) for these types and their subclasses. TypeError for what is no class."""
    ...
from torch.nn.functional import softplus as softplus
from torch.distributions.utils import sum_rightmost as sum_rightmost
