"""Distributions: samples, densities and moments recorded from PyTorch 2.13 (seed 11), formulas of SciPy, gradients by
differences."""
import copy
import math
import pickle

import numpy as np
import pytest
import scipy.stats as S

import mindtorch as T
import mindtorch.distributions as D
from mindtorch.distributions import constraints
from mindtorch.distributions import transforms as X

NAN, INF = math.nan, math.inf
# distribution, batch shape, event shape, sample, then of the sample and of the distribution: log_prob, mean, mode,
# variance, entropy, cdf (None: not implemented)
RECORDED = [
    ('D.Bernoulli(T.tensor([0.3, 0.7]))', (2,), (), [1.0, 1.0], [-1.20397, -0.356675], [0.3, 0.7], [0.0, 1.0],
     [0.21, 0.21], [0.610864, 0.610864], None),
    ('D.Bernoulli(logits=T.tensor([0.6, 3.0]))',
     (2,), (), [1.0, 1.0], [-0.437488, -0.0485874], [0.645656, 0.952574], [1.0, 1.0], [0.228784, 0.0451767],
     [0.650094, 0.190865], None),
    ('D.Beta(T.tensor([0.6, 3.0]), T.tensor([1.5, 2.5]))',
     (2,), (), [0.842002, 0.521255], [-1.08581, 0.572071], [0.285714, 0.545455], [0.0, 0.571429],
     [0.0658328, 0.0381437], [-0.353945, -0.241462], None),
    ('D.Binomial(5, T.tensor([0.3, 0.7]))', (2,), (), [1.0, 3.0], [-1.02123, -1.17539], [1.5, 3.5], [1.0, 4.0],
     [1.05, 1.05], [1.41361, 1.41361], None),
    ('D.Categorical(T.tensor([[0.2, 0.3, 0.5], [0.0, 0.4, 0.6]]))', (2,), (), [0.0, 2.0], [-1.60944, -0.510826],
     [NAN, NAN], [2.0, 2.0], [NAN, NAN], [1.02965, 0.673012], None),
    ('D.Cauchy(T.tensor([0.3, 0.7]), 1.5)', (2,), (), [-1.87275, 4.68069], [-2.681, -3.63495], [NAN, NAN], [0.3, 0.7],
     [INF, INF], [2.93649, 2.93649], [0.192334, 0.885292]),
    ('D.Chi2(T.tensor([1.5, 2.5]))', (2,), (), [4.83477, 0.520274], [-3.53449, -1.19165], [1.5, 2.5], [0.0, 0.5],
     [3.0, 5.0], [1.37496, 1.90174], [0.945923, 0.142275]),
    ('D.ContinuousBernoulli(T.tensor([0.3, 0.4999]))',
     (2,), (), [0.105056, 0.486553], [0.304899, 5.36442e-06], [0.430222, 0.499967], None, [0.080425, 0.0833333],
     [-0.0293863, 0.0], [0.149042, 0.486553]),
    ('D.Dirichlet(T.tensor([[0.3, 1.5, 2.0], [1.0, 2.0, 3.0]]))',
     (2,), (3,), [0.32806, 0.103543, 0.568397, 0.188029, 0.0160377, 0.795933], [-0.347322, -0.494952],
     [0.0789474, 0.394737, 0.526316, 0.166667, 0.333333, 0.5], [0.0,
     0.333333, 0.666667, 0.0, 0.333333, 0.666667], [0.0151489, 0.0497749, 0.0519391, 0.0198413, 0.031746, 0.0357143],
     [-2.50595, -1.24434], None),
    ('D.Exponential(T.tensor([1.5, 2.5]))',
     (2,), (), [0.142404, 0.866148], [0.191859, -1.24908], [0.666667, 0.4], [0.0, 0.0], [0.444444, 0.16],
     [0.594535, 0.0837092], [0.192334, 0.885292]),
    ('D.FisherSnedecor(T.tensor([3.0, 5.0]), T.tensor([5.0, 7.0]))',
     (2,), (), [2.40546, 3.34602], [-2.27286, -3.0527], [1.66667, 1.4], [0.238095, 0.466667], [11.1111, 2.61333], None,
     None),
    ('D.Gamma(T.tensor([0.6, 3.0]), T.tensor([1.5, 2.5]))',
     (2,), (), [1.39805, 0.544058], [-2.38606, -0.521819], [0.4, 1.2], [0.0, 0.8], [0.266667, 0.48],
     [-0.0234789, 0.931288], [0.946338, 0.156955]),
    ('D.GeneralizedPareto(0.0, 1.0, T.tensor([0.0, 0.3, -0.2]))',
     (3,), (), [0.161392, 0.737938, 2.8607], [-0.161392, -0.866591, -3.39585], [1.0, 1.42857, 0.833333],
     [0.0, 0.0, 0.0], [1.0, 5.10204, 0.496032], [1.0, 1.3, 0.8],
     [0.149042, 0.486553, 0.985662]),
    ('D.Geometric(T.tensor([0.3, 0.7]))', (2,), (), [5.0, 0.0], [-2.98735, -0.356675], [2.33333, 0.428571], [0.0, 0.0],
     [7.77778, 0.612245], [2.03621, 0.872663], None),
    ('D.Gumbel(T.tensor([0.3, 0.7]), 1.5)',
     (2,), (), [-0.665564, 1.1919], [-1.66528, -1.45381], [1.16582, 1.56582], [0.3, 0.7], [3.7011, 3.7011],
     [1.98268, 1.98268], [0.149042, 0.486553]),
    ('D.HalfCauchy(T.tensor([1.5, 2.5]))', (2,), (), [2.17274, 6.63448], [-1.98785, -3.45263], [INF, INF], [0.0, 0.0],
     [INF, INF], [2.24334, 2.75417], [0.615333, 0.770585]),
    ('D.HalfNormal(T.tensor([1.5, 2.5]))',
     (2,), (), [1.10644, 4.86482], [-0.903305, -3.0354], [1.19683, 1.99471], [0.0, 0.0], [0.817605, 2.27113],
     [1.13126, 1.64208], [0.53926, 0.948337]),
    ('D.InverseGamma(T.tensor([1.5, 3.0]), T.tensor([1.5, 2.5]))',
     (2,), (), [0.694919, 0.343704], [-0.519645, -0.946074], [3.0, 1.25], [0.6, 0.625], [INF, 1.5625],
     [1.69346, 0.918301], [0.229201, 0.0240848]),
    ('D.Kumaraswamy(T.tensor([0.5, 1.5]), T.tensor([0.7, 0.6]))',
     (2,), (), [0.872507, 0.787631], [-0.165832, 0.255549], [0.43573, 0.705112], [NAN, NAN], [0.110816, 0.0679942],
     [-0.164513, -0.326885], [0.850958, 0.513447]),
    ('D.LKJCholesky(3, T.tensor([0.8, 2.0]))',
     (2,), (3, 3), [1.0, 0.0, 0.0, 0.636494, 0.771282, 0.0, 0.923892, -0.142448, 0.355151, 1.0, 0.0, 0.0, -0.771635,
                    0.636065, 0.0, -0.0305756, 0.873692, 0.485517],
     [-1.64488, -3.41793], None, None, None, None, None),
    ('D.Laplace(T.tensor([0.3, 0.7]), 1.5)', (2,), (), [-1.51557, 0.659107], [-2.30899, -1.12587], [0.3, 0.7],
     [0.3, 0.7], [4.5, 4.5], [2.09861, 2.09861], [0.149042, 0.486553]),
    ('D.LogNormal(T.tensor([0.3, 0.7]), 0.5)',
     (2,), (), [1.95192, 5.32794], [-1.16665, -3.79208], [1.52959, 2.28188], [1.05127, 1.56831], [0.664519, 1.47891],
     [1.02579, 1.42579], [0.76963, 0.974168]),
    ('D.LogisticNormal(T.tensor([0.3, 0.7]), T.tensor([1.5, 2.5]))', (), (3,), [0.671129, 0.327616, 0.00125488],
     [2.87043], None, None, None, None, None),
    ('D.LowRankMultivariateNormal(T.zeros(3, 2), T.tensor([[1.0], [0.4]]), T.tensor([1.5, 2.5]))',
     (3,), (2,), [-0.857353, -0.516487, 1.61571, 1.16762, -0.106857, 0.432356], [-2.94773, -3.4543, -2.8142],
     [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
     [2.5, 2.66, 2.5, 2.66, 2.5, 2.66], [3.77301, 3.77301, 3.77301], None),
    ('D.MixtureSameFamily(D.Categorical(T.tensor([0.2, 0.3])), D.Normal(T.tensor([0.3, 0.7]), 0.5))', (), (),
     [-0.0497708], [-0.902853], [0.54], None, [0.2884], None, [0.136963]),
    ('D.Multinomial(4, T.tensor([0.3, 0.5, 0.2]))', (), (3,), [1.0, 2.0, 1.0], [-1.7148], [1.2, 2.0, 0.8], None,
     [0.84, 1.0, 0.64], [2.34908], None),
    ('D.MultivariateNormal(T.tensor([0.3, 0.7]), T.tensor([[2.0, 0.3], [0.3, 1.0]]))',
     (), (2,), [1.34317, 2.75812], [-4.3268], [0.3, 0.7], [0.3, 0.7], [2.0, 1.0], [3.16143], None),
    ('D.MultivariateNormal(T.zeros(2, 2), precision_matrix=T.tensor([[2.0, 0.3], [0.3, 1.0]]))',
     (2,), (2,), [0.53373, 1.78581, -0.506171, -1.15045], [-3.67969, -2.60699], [0.0, 0.0, 0.0, 0.0],
     [0.0, 0.0, 0.0, 0.0], [0.52356, 1.04712, 0.52356, 1.04712], [2.51433,
     2.51433], None),
    ('D.NegativeBinomial(5, T.tensor([0.3, 0.7]))', (2,), (), [2.0, 18.0], [-1.48327, -3.54233], [2.14286, 11.6667],
     [1.0, 9.0], [3.06122, 38.8889], None, None),
    ('D.Normal(T.tensor([0.3, 0.7]), 1.5)', (2,), (), [1.40644, 3.61889], [-1.59645, -3.21772], [0.3, 0.7], [0.3, 0.7],
     [2.25, 2.25], [1.8244, 1.8244], [0.76963, 0.974168]),
    ('D.OneHotCategorical(T.tensor([0.3, 0.5, 0.2]))', (), (3,), [1.0, 0.0, 0.0], [-1.20397], [0.3, 0.5, 0.2],
     [0.0, 1.0, 0.0], [0.21, 0.25, 0.16], [1.02965], None),
    ('D.Pareto(T.tensor([1.5, 2.5]), T.tensor([0.6, 3.0]))',
     (2,), (), [2.14143, 5.14528], [-1.48591, -2.70484], [INF, 3.75], [1.5, 2.5], [INF, 4.6875], [3.58296, 1.15101],
     [0.192334, 0.885292]),
    ('D.Poisson(T.tensor([0.4, 14.0]))', (2,), (), [0.0, 19.0], [-0.4, -3.1978], [0.4, 14.0], [0.0, 14.0], [0.4, 14.0],
     None, None),
    ('D.RelaxedBernoulli(T.tensor(0.6), T.tensor([0.3, 0.7]))', (2,), (), [0.0131808, 0.789597], [1.76651, -0.102882],
     None, None, None, None, None),
    ('D.RelaxedOneHotCategorical(T.tensor(0.6), T.tensor([0.3, 0.5, 0.2]))', (), (3,),
     [0.000571587, 0.00676286, 0.992666], [5.30994], None, None, None, None, None),
    ('D.StudentT(T.tensor([1.5, 4.0]), 0.5, 2.0)', (2,), (), [3.57959, 7.64401], [-2.95485, -5.25561], [0.5, 0.5],
     [0.5, 0.5], [INF, 8.0], [2.84281, 2.37491], None),
    ('D.Uniform(T.tensor([-1.5, 0.0]), 2.0)',
     (2,), (), [-0.978354, 0.973106], [-1.25276, -0.693147], [0.25, 1.0], [NAN, NAN], [1.02083, 0.333333],
     [1.25276, 0.693147], [0.149042, 0.486553]),
    ('D.VonMises(T.tensor([0.3, 0.7]), T.tensor([0.5, 4.0]))', (2,), (), [0.659329, 0.809011], [-1.43136, -0.286593],
     [0.3, 0.7], [0.3, 0.7], [0.7575, 0.136477], None, None),
    ('D.Weibull(T.tensor([1.5, 2.5]), 2.0)',
     (2,), (), [0.693264, 3.6788], [-0.697734, -2.00222], [1.32934, 2.21557], [1.06066, 1.76777], [0.482854, 1.34126],
     [1.00093, 1.51175], [0.192334, 0.885292]),
    ('D.Independent(D.Gamma(T.tensor([0.3, 0.7]), 1.5), 1)', (), (2,), [0.831176, 0.0991672], [-1.52399],
     [0.2, 0.466667], [0.0, 0.0], [0.133333, 0.311111], [-1.27204], None),
    ('D.TransformedDistribution(D.Normal(T.zeros(3), 1.0), [X.AffineTransform(1.0, T.tensor([1.0, -2.0, 3.0])), '
     'X.SigmoidTransform()])',
     (3,), (), [0.850386, 0.0525575, 0.249998], [0.870773, -0.50557, -0.588247], None, None, None, None,
     [0.76963, 0.0258316, 0.242107]),
    ('D.TransformedDistribution(D.Normal(T.zeros(3), 1.0), [X.CorrCholeskyTransform()])',
     (), (3, 3), [1.0, 0.0, 0.0, 0.627711, 0.778447, 0.0, 0.960001, -0.169138, 0.223135], [-0.393015], None, None, None,
     None, None),
]
DIVERGENCES = [
    ('D.Bernoulli(T.tensor([0.0, 0.7]))', 'D.Bernoulli(T.tensor([0.4, 1.0]))', [0.510826, INF]),
    ('D.Binomial(3, T.tensor(0.3))', 'D.Binomial(3, T.tensor(0.4))', [0.0648025]),
    ('D.Categorical(T.tensor([0.2, 0.0, 0.8]))', 'D.Categorical(T.tensor([0.3, 0.3, 0.4]))', [0.473425]),
    ('D.Dirichlet(T.tensor([0.3, 1.5, 2.0]))', 'D.Dirichlet(T.tensor([1.0, 2.0, 3.0]))', [1.12262]),
    ('D.Gumbel(0.3, 1.5)', 'D.Gumbel(0.7, 2.0)', [0.0659237]),
    ('D.Geometric(0.3)', 'D.Geometric(0.6)', [0.612623]),
    ('D.HalfNormal(1.5)', 'D.HalfNormal(2.0)', [0.0689321]),
    ('D.Laplace(0.3, 1.5)', 'D.Laplace(0.7, 2.0)', [0.0621283]),
    ('D.LowRankMultivariateNormal(T.zeros(2), T.tensor([[1.0], [0.4]]), T.tensor([1.5, 2.5]))',
     'D.MultivariateNormal(T.tensor([0.3, 0.7]), T.tensor([[2.0, 0.3], [0.3, 1.0]]))', [0.619834]),
    ('D.MultivariateNormal(T.tensor([0.3, 0.7]), T.tensor([[2.0, 0.3], [0.3, 1.0]]))',
     'D.LowRankMultivariateNormal(T.zeros(2), T.tensor([[1.0], [0.4]]), T.tensor([1.5, 2.5]))', [0.295432]),
    ('D.LowRankMultivariateNormal(T.zeros(2), T.tensor([[1.0], [0.4]]), T.tensor([1.5, 2.5]))',
     'D.LowRankMultivariateNormal(T.ones(2), T.tensor([[0.3], [0.4]]), T.tensor([0.5, 1.5]))', [2.00218]),
    ('D.Pareto(2.0, 3.0)', 'D.Pareto(1.5, 2.0)', [0.647496]),
    ('D.Poisson(2.0)', 'D.Poisson(3.0)', [0.18907]),
    ('D.Cauchy(0.3, 1.5)', 'D.Cauchy(0.7, 2.0)', [0.033596]),
    ('D.Bernoulli(0.3)', 'D.Poisson(2.0)', [1.18119]),
    ('D.ContinuousBernoulli(0.3)', 'D.ContinuousBernoulli(0.4)', [0.00793473]),
    ('D.LogNormal(0.3, 1.5)', 'D.LogNormal(0.7, 2.0)', [0.0889321]),
    ('D.Wishart(T.tensor(3.5), T.eye(2))', 'D.Wishart(T.tensor(4.0), 2 * T.eye(2))', [1.07947]),
    ('D.Normal(0.0, 1.0)', 'D.Beta(1.0, 2.0)', [INF]),
    ('D.Beta(0.6, 1.5)', 'D.Beta(0.6, 1.5)', [0.0]),
    ('D.ContinuousBernoulli(0.3)', 'D.ContinuousBernoulli(0.3)', [0.0]),
    ('D.Exponential(1.5)', 'D.Exponential(1.5)', [0.0]),
    ('D.Gamma(0.6, 1.5)', 'D.Gamma(0.6, 1.5)', [0.0]),
    ('D.Gumbel(0.3, 1.5)', 'D.Gumbel(0.3, 1.5)', [0.0]),
    ('D.Laplace(0.3, 1.5)', 'D.Laplace(0.3, 1.5)', [0.0]),
    ('D.Normal(0.3, 1.5)', 'D.Normal(0.3, 1.5)', [0.0]),
    ('D.Pareto(0.05, 3.0)', 'D.Pareto(0.05, 3.0)', [0.0]),
    ('D.Uniform(0.1, 0.9)', 'D.Uniform(0.1, 0.9)', [0.0]),
    ('D.Beta(0.6, 1.5)', 'D.ContinuousBernoulli(0.3)', [0.202117]),
    ('D.Beta(0.6, 1.5)', 'D.Exponential(1.5)', [0.377051]),
    ('D.Beta(0.6, 1.5)', 'D.Gamma(0.6, 1.5)', [0.127089]),
    ('D.Beta(0.6, 1.5)', 'D.Normal(0.3, 1.5)', [1.69302]),
    ('D.ContinuousBernoulli(0.3)', 'D.Exponential(1.5)', [0.269255]),
    ('D.ContinuousBernoulli(0.3)', 'D.Normal(0.3, 1.5)', [1.37543]),
    ('D.Exponential(1.5)', 'D.Gamma(0.6, 1.5)', [0.167348]),
    ('D.Exponential(1.5)', 'D.Gumbel(0.3, 1.5)', [0.900961]),
    ('D.Exponential(1.5)', 'D.Normal(0.3, 1.5)', [0.858511]),
    ('D.Gamma(0.6, 1.5)', 'D.Exponential(1.5)', [0.218014]),
    ('D.Gamma(0.6, 1.5)', 'D.Gumbel(0.3, 1.5)', [1.47519]),
    ('D.Gamma(0.6, 1.5)', 'D.Normal(0.3, 1.5)', [1.40936]),
    ('D.Gumbel(0.3, 1.5)', 'D.Normal(0.3, 1.5)', [0.330779]),
    ('D.Laplace(0.3, 1.5)', 'D.Normal(0.3, 1.5)', [0.225791]),
    ('D.Normal(0.3, 1.5)', 'D.Gumbel(0.3, 1.5)', [0.229783]),
    ('D.Normal(0.3, 1.5)', 'D.Laplace(0.3, 1.5)', [0.0720933]),
    ('D.Pareto(0.05, 3.0)', 'D.Exponential(1.5)', [2.46805]),
    ('D.Pareto(0.05, 3.0)', 'D.Gamma(0.6, 1.5)', [1.96351]),
    ('D.Pareto(0.05, 3.0)', 'D.Normal(0.3, 1.5)', [4.09708]),
    ('D.Uniform(0.1, 0.9)', 'D.Beta(0.6, 1.5)', [0.538228]),
    ('D.Uniform(0.1, 0.9)', 'D.ContinuousBernoulli(0.3)', [0.25288]),
    ('D.Uniform(0.1, 0.9)', 'D.Exponential(1.5)', [0.567679]),
    ('D.Uniform(0.1, 0.9)', 'D.Gamma(0.6, 1.5)', [0.795815]),
    ('D.Uniform(0.1, 0.9)', 'D.Gumbel(0.3, 1.5)', [1.64752]),
    ('D.Uniform(0.1, 0.9)', 'D.Normal(0.3, 1.5)', [1.56829]),
    ('D.Uniform(0.1, 0.9)', 'D.Pareto(0.05, 3.0)', [4.7889]),
]


def close(found, wanted, tolerance=2e-4):
    np.testing.assert_allclose(np.asarray(found.detach().double().numpy()).reshape(-1), wanted, rtol=tolerance,
                               atol=2e-5)


def close_or_missing(make, wanted):
    if wanted is None:
        with pytest.raises(NotImplementedError):
            make()
    else:
        close(make(), wanted)


@pytest.mark.parametrize("source, batch, event, sample, log_prob, mean, mode, variance, entropy, cdf", RECORDED,
                         ids=lambda v: v if isinstance(v, str) else "")
def test_recorded(source, batch, event, sample, log_prob, mean, mode, variance, entropy, cdf):
    d = eval(source)
    assert (d.batch_shape, d.event_shape) == (batch, event)
    T.manual_seed(11)
    x = d.sample()
    assert x.shape == batch + event and not x.requires_grad
    close(x, sample)
    close(d.log_prob(x), log_prob)
    close_or_missing(lambda: d.mean, mean)
    close_or_missing(lambda: d.mode, mode)
    close_or_missing(lambda: d.variance, variance)
    close_or_missing(d.entropy, entropy)
    close_or_missing(lambda: d.cdf(x), cdf)
    larger = d.expand((2, *batch))
    assert larger.batch_shape == (2, *batch) and larger.sample((3,)).shape == (3, 2, *batch, *event)
    close(larger.log_prob(x), log_prob * 2)


@pytest.mark.parametrize("p, q, wanted", DIVERGENCES)
def test_kl_divergence(p, q, wanted):
    close(D.kl_divergence(eval(p), eval(q)), wanted)


def test_kl_of_a_batch_of_wisharts():
    df = T.tensor([3.5, 5.0])
    p, q = [D.Wishart(df[i], T.eye(2)) for i in (0, 1)], D.Wishart(T.tensor(4.0), 2 * T.eye(2))
    close(D.kl_divergence(D.Wishart(df, T.eye(2)), q), [float(D.kl_divergence(one, q)) for one in p])


@pytest.mark.parametrize("source, reference", [
    ("D.Normal(0.3, 1.5)", S.norm(0.3, 1.5)), ("D.Gamma(1.7, 2.5)", S.gamma(1.7, scale=1 / 2.5)),
    ("D.Cauchy(0.3, 1.5)", S.cauchy(0.3, 1.5)),
    ("D.Laplace(0.3, 1.5)", S.laplace(0.3, 1.5)),
    ("D.Gumbel(0.3, 1.5)", S.gumbel_r(0.3, 1.5)), ("D.Weibull(1.5, 2.5)", S.weibull_min(2.5, scale=1.5)),
    ("D.Pareto(0.1, 2.5)", S.pareto(2.5, scale=0.1)),
    ("D.HalfCauchy(1.5)", S.halfcauchy(0, 1.5)),
    ("D.LogNormal(0.3, 0.5)", S.lognorm(0.5, scale=math.exp(0.3))),
    ("D.GeneralizedPareto(0.1, 1.5, 0.3)", S.genpareto(0.3, 0.1, 1.5)), ("D.Exponential(2.5)", S.expon(scale=0.4)),
    ("D.HalfNormal(1.5)", S.halfnorm(0, 1.5)), ("D.Uniform(0.1, 3.0)", S.uniform(0.1, 2.9)),
    ("D.InverseGamma(1.7, 2.5)", S.invgamma(1.7, scale=2.5))], ids=str)
def test_scipy(source, reference):
    d, x = eval(source), T.tensor([0.2, 0.7, 1.9])
    close(d.log_prob(x), reference.logpdf(x.numpy()))
    if "InverseGamma" not in source:
        close(d.cdf(x), reference.cdf(x.numpy()))
    close(d.entropy(), [float(reference.entropy())])
    if "Gamma" not in source:
        close(d.icdf(d.cdf(x)), x.numpy())


def test_wishart():
    scale = T.tensor([[2.0, 0.3], [0.3, 1.0]])
    d, x = D.Wishart(T.tensor(3.5), scale), T.tensor([[1.5, 0.2], [0.2, 2.5]])
    reference = S.wishart(3.5, scale.numpy())
    close(d.log_prob(x), [reference.logpdf(x.numpy())])
    close(d.entropy(), [reference.entropy()])
    T.manual_seed(1)
    samples = d.sample((4000,))
    close(samples.mean(0), d.mean.flatten().tolist(), 0.1)


# ---- gradients of samples ----
def by_difference(cdf, a, x, step=1e-5):
    """-(dF/da) / (dF/dx)."""
    return -(cdf(a + step, x) - cdf(a - step, x)) / (cdf(a, x + step) - cdf(a, x - step))


@pytest.mark.parametrize("a, x", [(0.3, 0.05), (0.7, 2.0), (3.0, 2.5), (3.0, 9.0), (40.0, 45.0), (2.0, 19.0),
                                  (400.0, 390.0)])
def test_gamma_sample_gradient(a, x):
    found = T._standard_gamma_grad(T.tensor(a, dtype=T.float64), T.tensor(x, dtype=T.float64))
    cdf = (lambda a, x: -S.gamma.sf(x, a)) if x > a else (lambda a, x: S.gamma.cdf(x, a))
    close(found, [by_difference(cdf, a, x)], 1e-4)


@pytest.mark.parametrize("x, a, b", [(0.3, 0.5, 0.7), (0.9, 2.0, 0.4), (0.02, 3.0, 90.0), (0.6, 40.0, 30.0),
                                     (0.97, 5.0, 1.0)])
def test_beta_sample_gradient(x, a, b):
    found = T._dirichlet_grad(*(T.tensor(v, dtype=T.float64) for v in (x, a, a + b))) * (1 - x)
    close(found, [by_difference(lambda a, x: S.beta.cdf(x, a, b), a, x)], 1e-4)


def test_gradients_reach_parameters():
    concentration, rate = T.tensor([0.6, 3.0], requires_grad=True), T.tensor([1.5, 2.5], requires_grad=True)
    T.manual_seed(0)
    x = D.Gamma(concentration, rate).rsample()
    by_concentration, by_rate = T.autograd.grad(x.sum(), (concentration, rate))
    close(by_rate, (-x / rate).tolist())
    assert (by_concentration > 0).all()
    alpha = T.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (g,) = T.autograd.grad(D.Dirichlet(alpha).rsample().sum(), alpha)
    close(g, [0, 0, 0])
    with pytest.raises(NotImplementedError):
        D.Bernoulli(T.tensor(0.3)).rsample()
    probs = T.tensor([0.3, 0.7], requires_grad=True)
    D.OneHotCategoricalStraightThrough(probs).rsample()[0].backward()
    close(probs.grad, [0.7, -0.3])


# ---- validation ----
@pytest.mark.parametrize("make, message", [
    (lambda: D.Normal(0.0, -1.0),
     r"Expected parameter scale \(Tensor of shape \(\)\) of distribution Normal\(loc: 0.0, scale: -1.0\)"
     r" to satisfy the constraint GreaterThan\(lower_bound=0.0\), but found invalid values:\n-1.0"),
    (lambda: D.Categorical(logits=T.tensor([1.0, NAN])), "to satisfy the constraint IndependentConstraint"),
    (lambda: D.Normal(0.0, 1.0).log_prob(1.0), "The value argument to log_prob must be a Tensor"),
    (lambda: D.Exponential(1.0).log_prob(T.tensor(-1.0)), "to be within the support"),
    (lambda: D.Normal(T.zeros(2), 1.0).log_prob(T.zeros(3)), "Value is not broadcastable with batch_shape"),
    (lambda: D.Dirichlet(T.ones(3)).log_prob(T.ones(2)), "The right-most size of value must match event_shape"),
    (lambda: D.Bernoulli(), "Either `probs` or `logits` must be specified, but not both."),
    (lambda: D.Independent(D.Normal(0.0, 1.0), 1), "Expected reinterpreted_batch_ndims"),
    (lambda: D.Uniform(1.0, 1.0), "LessThan")])
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_validation_can_be_turned_off():
    assert math.isnan(D.Normal(0.0, -1.0, validate_args=False).entropy().item())
    assert D.Uniform(0.0, 1.0, validate_args=False).log_prob(T.tensor(2.0)) == -INF


def test_subclass_must_say_how_to_expand():
    class Own(D.Normal):
        def __init__(self, loc):
            super().__init__(loc, 1.0)

    with pytest.raises(NotImplementedError, match="must also define a custom .expand"):
        Own(0.0).expand((2,))


def test_copies():
    d = D.Normal(T.zeros(2, requires_grad=True), 1.0)
    assert repr(copy.deepcopy(d)) == repr(
        pickle.loads(pickle.dumps(d))) == "Normal(loc: torch.Size([2]), scale: torch.Size([2]))"
    assert repr(pickle.loads(pickle.dumps(constraints.real_vector))) == "IndependentConstraint(Real(), 1)"


# ---- transforms ----
@pytest.mark.parametrize("transform", [X.ExpTransform(), X.SigmoidTransform(), X.TanhTransform(), X.SoftplusTransform(),
                                       X.AffineTransform(1.0, -2.0),
                         X.PowerTransform(T.tensor(2.0)),
                                       X.ComposeTransform([X.AffineTransform(0.1, 0.5), X.ExpTransform()]),
                                       X.CumulativeDistributionTransform(D.Normal(0.0, 1.0))], ids=str)
def test_elementwise_transforms(transform):
    x = T.tensor([0.2, 0.7, 1.1], dtype=T.float64, requires_grad=True)
    y = transform(x)
    close(transform.inv(y), x.tolist())
    (slope,) = T.autograd.grad(y.sum(), x)
    close(transform.log_abs_det_jacobian(x, y), slope.abs().log().tolist())
    assert (slope.sign() == transform.sign).all()
    assert transform.inv.inv is transform


@pytest.mark.parametrize("transform, size, free",
                         [(X.StickBreakingTransform(), 3, lambda y: y[:-1]),
                          (X.CorrCholeskyTransform(), 3, lambda y: y[[1, 2, 2], [0, 0, 1]])], ids=str)
def test_vector_transforms(transform, size, free):
    x = T.linspace(-0.5, 0.6, size, dtype=T.float64)
    y = transform(x)
    assert transform.codomain.check(y) and y.shape == transform.forward_shape(
        x.shape) and x.shape == transform.inverse_shape(y.shape)
    close(transform.inv(y), x.tolist())
    jacobian = T.autograd.functional.jacobian(lambda v: free(transform(v)), x)
    close(transform.log_abs_det_jacobian(x, y), [T.linalg.slogdet(jacobian).logabsdet.item()])


def test_cache():
    transform = X.ExpTransform(cache_size=1)
    x = T.tensor(0.3)
    assert transform.inv(transform(x)) is x and X.ExpTransform().inv(x.exp()) is not x


@pytest.mark.parametrize("constraint", [constraints.real, constraints.positive, constraints.unit_interval,
                                        constraints.interval(-1.0, 2.0), constraints.less_than(0.5),
                         constraints.simplex,

                                        constraints.lower_cholesky, constraints.positive_definite,
                                        constraints.corr_cholesky, constraints.independent(constraints.positive, 1)],
                                        ids=str)
def test_transform_to(constraint):
    x = T.linspace(-1, 1, 9).view(3, 3)
    assert constraint.check(D.transform_to(constraint)(x)).all()
    with pytest.raises(NotImplementedError, match="Cannot transform _Boolean constraints"):
        D.biject_to(constraints.boolean)


def test_joined_transforms():
    x = T.tensor([[0.2, 0.7, 1.1], [0.5, 0.3, 0.9]])
    joined = X.CatTransform([X.ExpTransform(), X.AffineTransform(1.0, 2.0)], dim=-1, lengths=[1, 2])
    close(joined(x), T.cat([x[:, :1].exp(), 1 + 2 * x[:, 1:]], 1).flatten().tolist())
    stacked = X.StackTransform([X.ExpTransform(), X.AffineTransform(1.0, 2.0)])
    close(stacked(x), T.stack([x[0].exp(), 1 + 2 * x[1]]).flatten().tolist())
    close(stacked.inv(stacked(x)), x.flatten().tolist())
