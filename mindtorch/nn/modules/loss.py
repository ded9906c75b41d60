"""Losses."""
import mindtorch as torch  # noqa: F401  (in the signatures)
import mindtorch.nn.functional as F
from mindtorch.nn import _reduction as _Reduction

from ._declare import layers
from .distance import PairwiseDistance
from .module import Module

layer = layers(globals())


class _Loss(Module):
    reduction: str

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction if size_average is None and reduce is None else _Reduction.legacy_get_string(
            size_average, reduce)


class _WeightedLoss(_Loss):
    def __init__(self, weight=None, size_average=None, reduce=None, reduction: str = "mean") -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


_OLD, _NEW = "size_average=None, reduce=None, reduction: str = 'mean'", "reduction: str = 'mean'"
_BASES = {
    "_Loss": "super().__init__(size_average, reduce, reduction)",
    "_WeightedLoss": "super().__init__(weight, size_average, reduce, reduction)",
    "new": "super().__init__(reduction=reduction)",
}


def _loss(name, functional, arguments=_OLD, *, inputs="input, target", given="", base="_Loss", init=None, check="",
          constants=None, drop=()):
    """A loss layer whose forward is F.functional(inputs, given, reduction=self.reduction)."""
    given = ", ".join(f"{n}=self.{n}" for n in given.split())
    init = _BASES[base if "size_average" in arguments else "new"] if init is None else init
    return layer(name, arguments, f"F.{functional}({inputs}{', ' if given else ''}{given}, reduction=self.reduction)",
                 inputs=inputs, base=base, init=init, check=check, drop=drop,
                 constants=("reduction",) if constants is None else constants)


_WEIGHT = "weight: torch.Tensor | None = None, "
L1Loss = _loss("L1Loss", "l1_loss")
MSELoss = _loss("MSELoss", "mse_loss")
SmoothL1Loss = _loss("SmoothL1Loss", "smooth_l1_loss", _OLD + ", beta: float = 1.0", given="beta")
HuberLoss = _loss("HuberLoss", "huber_loss", _NEW + ", delta: float = 1.0", given="delta", check="_check_delta(delta)",
                  constants=("reduction", "delta"))
SoftMarginLoss = _loss("SoftMarginLoss", "soft_margin_loss")
MultiLabelMarginLoss = _loss("MultiLabelMarginLoss", "multilabel_margin_loss")
NLLLoss = _loss("NLLLoss", "nll_loss", _WEIGHT + "size_average=None, ignore_index: int = -100, reduce=None, " + _NEW,
                given="weight ignore_index", base="_WeightedLoss",
                constants=("ignore_index", "reduction"))
CrossEntropyLoss = _loss(
    "CrossEntropyLoss",
    "cross_entropy",
    _WEIGHT + "size_average=None, ignore_index: int = -100, reduce=None, " + _NEW + ", label_smoothing: float = 0.0",
    given="weight ignore_index label_smoothing",
    base="_WeightedLoss",
    constants=("ignore_index", "reduction", "label_smoothing"),
)
BCELoss = _loss("BCELoss", "binary_cross_entropy", _WEIGHT + _OLD, given="weight", base="_WeightedLoss")
BCEWithLogitsLoss = _loss(
    "BCEWithLogitsLoss",
    "binary_cross_entropy_with_logits",
    _WEIGHT + _OLD + ", pos_weight: torch.Tensor | None = None",
    given="weight pos_weight",
    check="self.register_buffer('weight', weight); self.register_buffer('pos_weight', pos_weight)",
    drop=("weight", "pos_weight"),
    constants=(),
)
MultiLabelSoftMarginLoss = _loss("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss", _WEIGHT + _OLD,
                                 given="weight", base="_WeightedLoss")
KLDivLoss = _loss("KLDivLoss", "kl_div", _OLD + ", log_target: bool = False", given="log_target")
PoissonNLLLoss = _loss(
    "PoissonNLLLoss",
    "poisson_nll_loss",
    f"log_input: bool = True, full: bool = False, size_average=None, eps: float = 1e-8, reduce=None, {_NEW}",
    inputs="log_input, target",
    given="log_input full eps",
    constants=("log_input", "full", "eps", "reduction"),
)
GaussianNLLLoss = _loss("GaussianNLLLoss", "gaussian_nll_loss", "*, full: bool = False, eps: float = 1e-6, reduction: "
                        "str = 'mean'", inputs="input, target, var", given="full eps",
                        constants=("full", "eps", "reduction"))
HingeEmbeddingLoss = _loss("HingeEmbeddingLoss", "hinge_embedding_loss", "margin: float = 1.0, " + _OLD, given="margin",
                           constants=("margin", "reduction"))
CosineEmbeddingLoss = _loss("CosineEmbeddingLoss", "cosine_embedding_loss", "margin: float = 0.0, " + _OLD,
                            inputs="input1, input2, target", given="margin",
    constants=("margin", "reduction"))
MarginRankingLoss = _loss("MarginRankingLoss", "margin_ranking_loss", "margin: float = 0.0, " + _OLD,
                          inputs="input1, input2, target", given="margin", constants=("margin",
    "reduction"))
MultiMarginLoss = _loss("MultiMarginLoss", "multi_margin_loss", "p: int = 1, margin: float = 1.0, " + _WEIGHT + _OLD,
                        given="p margin weight", base="_WeightedLoss",
                        check="_check_multi_margin(p, weight)", constants=("p", "margin", "reduction"))
TripletMarginLoss = _loss(
    "TripletMarginLoss",
    "triplet_margin_loss",
    "margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, " + _OLD,
    inputs="anchor, positive, negative",
    given="margin p eps swap",
    check="_check_margin('TripletMarginLoss', margin)",
    constants=("margin", "p", "eps", "swap", "reduction"),
)
CTCLoss = _loss("CTCLoss", "ctc_loss", "blank: int = 0, reduction: str = 'mean', zero_infinity: bool = False",
                inputs="log_probs, targets, input_lengths, target_lengths",
                given="blank zero_infinity", constants=("blank", "reduction"))


def _check_multi_margin(p, weight):
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError(f"MultiMarginLoss: expected weight to be None or 1D tensor, got {weight.dim()}D instead")


def _check_delta(delta):
    if not isinstance(delta, (float, int)):
        raise TypeError(f"delta must be a float or int, got: {type(delta)}")


def _check_margin(name, margin):
    if margin <= 0:
        raise ValueError(f"{name}: expected margin to be greater than 0, got {margin} instead")


class NLLLoss2d(NLLLoss):
    """The old name of NLLLoss for images."""

    def __init__(
        self, weight=None, size_average=None, ignore_index: int = -100, reduce=None, reduction: str = "mean"
    ) -> None:
        import warnings

        warnings.warn("`NLLLoss2d` has been deprecated. Please use `NLLLoss` instead as a drop-in replacement.",
                      FutureWarning, stacklevel=2)
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class TripletMarginWithDistanceLoss(_Loss):
    """Triplet loss with any distance; PairwiseDistance unless given."""

    __constants__ = ["margin", "swap", "reduction"]

    def __init__(
        self, *, distance_function=None, margin: float = 1.0, swap: bool = False, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction=reduction)
        _check_margin("TripletMarginWithDistanceLoss", margin)
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = margin, swap

    def forward(self, anchor, positive, negative):
        return F.triplet_margin_with_distance_loss(anchor, positive, negative, distance_function=self.distance_function,
                                                   margin=self.margin, swap=self.swap,
            reduction=self.reduction)
