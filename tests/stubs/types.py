"""What the stubs say of arguments and results where the code says nothing: rules by name and by default, forms.

Every rule is held against the recorded samples by tests/test_stubs.py: a sample that does not fit is a failure.
Capitalised names are those of torch-stubs/_typing.pyi, since `float`, `int`, `dtype` are names of torch itself.
"""

ALIASES = '''"""Names for annotations: torch has values called float, int, bool, and properties called dtype."""
from collections.abc import Callable as Callable, Iterable as Iterable, Iterator as Iterator, Mapping as Mapping
from collections.abc import Sequence as Sequence
from typing import Any as Any, ClassVar as ClassVar, Literal as Literal, NamedTuple as NamedTuple, Self as Self
from typing import TypeAlias as TypeAlias, overload as overload

import torch
from torch import Generator as Generator, Tensor as Tensor

Bool: TypeAlias = bool
Bytes: TypeAlias = bytes
Complex: TypeAlias = complex
Float: TypeAlias = float
Int: TypeAlias = int
Str: TypeAlias = str
DType: TypeAlias = torch.dtype
Layout: TypeAlias = torch.layout
MemoryFormat: TypeAlias = torch.memory_format
TorchDevice: TypeAlias = torch.device
Number: TypeAlias = Int | Float | Complex | Bool
Ints: TypeAlias = Int | Sequence[Int]
OptionalInts: TypeAlias = Int | Sequence[Int | None] | None
Floats: TypeAlias = Float | Sequence[Float]
Device: TypeAlias = TorchDevice | Str | Int | None
'''

# argument -> type, in functions of the op table
NAMED = {
    "out": "Any", "dtype": "DType | None", "device": "Device", "layout": "Layout | None",
    "generator": "Generator | None",
    "memory_format": "MemoryFormat", "requires_grad": "Bool", "dim": "Ints", "dims": "Any", "size": "Any",
    "tensors": "Any", "keepdim": "Bool", "other": "Tensor | Number", "p": "Any", "ord": "Number | Str",
    "stride": "Ints", "padding": "Ints | Str", "dilation": "Ints", "kernel_size": "Ints", "output_size": "OptionalInts",
    "output_padding": "Ints", "scale_factor": "Floats", "s": "Ints", "shape": "Any", "pad": "Sequence[Int]",
    "reduction": "Str", "norm": "Str", "eps": "Float", "correction": "Number", "index": "Any", "n": "Any",
    "alpha": "Number", "beta": "Number", "value": "Tensor | Number", "src": "Tensor | Number", "fill_value": "Number",
    "rtol": "Tensor | Float", "atol": "Tensor | Float", "start": "Tensor | Number", "end": "Tensor | Number",
    "step": "Number", "min": "Tensor | Number", "max": "Tensor | Number", "lambd": "Number",
    "weight": "Tensor | Number",
    "indices": "Any", "key": "Any", "source": "Any", "target": "Tensor", "bins": "Any", "mean": "Tensor | Float",
    "std": "Tensor | Float", "spacing": "Any", "offset": "Int", "repeats": "Any", "diagonal": "Int",
    "threshold": "Number",
    "indices_or_sections": "Any", "split_size_or_sections": "Ints", "q": "Tensor | Float", "output_ratio": "Floats",
    "normalized_shape": "Ints", "sizes": "Ints", "shifts": "Ints", "maxnorm": "Number", "sigma": "Float",
    "median": "Float", "name": "Any", "names": "Any", "function": "Callable[..., Any]", "destination": "Ints",
    "physical_layout": "Sequence[Int]", "normalized": "Bool", "max_norm": "Float", "norm_type": "Float",
    "value2": "Any",
    "split_sizes": "Sequence[Int]", "split_size": "Int", "chunks": "Int", "k": "Any", "lower": "Float", "upper": "Any",
    "divisor_override": "Int | None", "count_include_pad": "Bool", "momentum": "Float", "decimals": "Int",
    "num_samples": "Int", "base": "Float", "low": "Int", "high": "Any", "margin": "Float", "dx": "Float", "x": "Any",
    "unbiased": "Bool", "mask": "Tensor", "is_causal": "Bool", "scale": "Any", "align_corners": "Bool",
    "return_complex": "Bool", "rounding_mode": "Str", "equal_nan": "Bool", "groups": "Int", "training": "Bool",
    "recompute_scale_factor": "Bool", "N": "Int", "C": "Int", "HxW": "Int", "group": "Int", "M": "Int", "steps": "Int",
    "num_groups": "Int", "num_heads": "Int", "row": "Int", "col": "Int", "UPLO": "Str", "length": "Int",
}
NAMED.update(dict.fromkeys("running_mean running_var in_proj_weight in_proj_bias".split(), "Tensor | None"))
# numbers whose default is written as an integer
FLOATS = set("""momentum dampening weight_decay lr_decay initial_accumulator_value lambd alpha t0 momentum_decay p std
    mean a b gain gamma init_scale eta_min min_lr max_momentum base_momentum threshold lr low high""".split())
# without a default and not above: a tensor
TENSORS = set("""input self A B L LD LU LU_data LU_pivots a abs anchor angle anchor append b batch1 batch2 bias bias_k
    bias_v boundaries condition elements exponent grid imag in_proj_bias in_proj_weight input1 input2 linear_bias
    linear_weight mat mat1 mat2 negative offsets out_proj_bias out_proj_weight per_sample_weights pivots pos_weight
    positive prepend query real running_mean running_var sorted_sequence sorter tau tensor tensor1 tensor2 test_elements
    the_template values var vec vec1 vec2 weights window x1 x2 y attn_mask fweights aweights k_proj_weight q_proj_weight
    v_proj_weight log_probs targets other_mask input_mask""".split())
OWN = {  # (function, argument)
    ("lerp", "weight"): "Tensor | Number", ("rot90", "dims"): "Sequence[Int]", ("quantile", "dim"): "Int | None",
    ("permute", "dims"): "Any", ("size", "dim"): "Int | None", ("item", "self"): "Tensor",
    ("cartesian_prod", "tensors"): "Tensor", ("block_diag", "tensors"): "Any",
    ("broadcast_tensors", "tensors"): "Tensor",
    ("cat", "tensors"): "Sequence[Tensor]", ("stack", "tensors"): "Sequence[Tensor]", ("hstack", "tensors"):
    "Sequence[Tensor]", ("vstack", "tensors"): "Sequence[Tensor]", ("dstack", "tensors"): "Sequence[Tensor]",
    **{("native_" + n, w): "Tensor | None" for n in ("group_norm", "layer_norm", "batch_norm")
       for w in ("weight", "bias")},
    ("searchsorted", "self"): "Tensor | Number", ("searchsorted", "input"): "Tensor | Number",
    ("matrix_power", "n"): "Int", ("argsort", "dim"): "Int", ("softmax", "dim"): "Int", ("log_softmax", "dim"): "Int",
    ("unsqueeze", "dim"): "Int", ("cumsum", "dim"): "Int", ("cumprod", "dim"): "Int", ("gather", "dim"): "Int",
    ("gather", "index"): "Tensor", ("index_select", "index"): "Tensor", ("index_select", "dim"): "Int",
    ("cross_entropy", "weight"): "Tensor | None", ("masked_fill", "value"): "Tensor | Number",
    ("linear", "weight"): "Tensor", ("embedding", "weight"): "Tensor", ("topk", "k"): "Int", ("topk", "dim"): "Int",
    ("sort", "dim"): "Int", ("split", "split_size_or_sections"): "Ints", ("chunk", "dim"): "Int", ("cat", "dim"): "Int",
    ("stack", "dim"): "Int", ("manual_seed", "seed"): "Int", ("transpose", "dim0"): "Any", ("transpose", "dim1"): "Any",
}

_TUPLE = "tuple[Tensor, ...]"
# result where it is not one tensor
RESULTS = {
    "item": "Any", "allclose": "Bool", "equal": "Bool", "broadcast_shapes": "Size", "lu": "Any", "tolist": "Any",
    **dict.fromkeys("""broadcast_tensors chunk unsafe_chunk gradient meshgrid split unsafe_split split_with_sizes
    split_with_sizes_copy tensor_split hsplit vsplit dsplit unravel_index unbind unbind_copy""".split(), _TUPLE),
    **dict.fromkeys("var_mean std_mean".split(), "tuple[Tensor, Tensor]"),
    **dict.fromkeys("native_group_norm native_layer_norm native_batch_norm".split(), "tuple[Tensor, Tensor, Tensor]"),
    "nn.functional.multi_head_attention_forward": "tuple[Tensor, Tensor | None]",
    **dict.fromkeys("atleast_1d atleast_2d atleast_3d".split(), "Any"),
    **{n: "return_types." + n.replace(".", "_") for n in """cummax cummin frexp geqrf kthvalue lu_unpack aminmax topk
    mode qr triangular_solve svd sort histogram histogramdd linalg.cholesky_ex linalg.eig linalg.eigh linalg.ldl_factor
    linalg.ldl_factor_ex linalg.lstsq linalg.qr linalg.slogdet linalg.lu_factor linalg.lu_factor_ex linalg.lu
    linalg.inv_ex linalg.solve_ex linalg.svd slogdet""".split()},
    **dict.fromkeys("""numel nelement dim ndimension element_size storage_offset get_device data_ptr __len__ dense_dim
    sparse_dim q_zero_point q_per_channel_axis initial_seed seed get_num_threads get_num_interop_threads""".split(),
    "Int"),
    **dict.fromkeys("""is_tensor is_storage is_complex is_floating_point is_nonzero is_signed is_same_size is_contiguous
    is_pinned is_shared is_conj is_neg is_inference is_coalesced is_set_to is_grad_enabled is_inference_mode_enabled
    is_distributed has_names can_cast is_deterministic_algorithms_warn_only_enabled are_deterministic_algorithms_enabled
    is_warn_always_enabled is_autocast_enabled is_autocast_cpu_enabled is_autocast_cache_enabled""".split(), "Bool"),
    **dict.fromkeys("promote_types result_type get_default_dtype get_autocast_dtype get_autocast_gpu_dtype".split(),
    "DType"),
    **dict.fromkeys("""numpy untyped_storage storage typed_storage new apply_ map_ map2_ register_hook module_load
    qscheme register_post_accumulate_grad_hook __array__ __reduce_ex__ __cuda_array_interface__ __dlpack__
    __dlpack_device__ einsum_path from_file unique unique_consecutive data_types storage_type dim_order""".split(),
    "Any"),
    **dict.fromkeys("""backward manual_seed_all set_default_dtype set_default_device set_printoptions set_rng_state save
    set_default_tensor_type set_num_threads set_num_interop_threads use_deterministic_algorithms set_warn_always
    retain_grad set_float32_matmul_precision""".split(), "None"),
    "get_default_device": "TorchDevice", "get_float32_matmul_precision": "Str", "manual_seed": "Generator",
    **dict.fromkeys("""device_count current_device memory_allocated max_memory_allocated memory_reserved
    max_memory_reserved""".split(), "Int"), "clip_grad_norm_": "Tensor", "synchronize": "None", "empty_cache": "None",
    "typename": "Str", "load": "Any", "compile": "Any", "vmap": "Callable[..., Any]",
}
# results of methods: under any class, or of one
MEMBERS = {
    "__init__": "None", "__len__": "Int", "__iter__": "Iterator[Any]", "__contains__": "Bool", "__enter__": "Self",
    **{"Module." + n: "Self" for n in """to to_empty cuda cpu npu xpu float double half bfloat16 type train eval
    requires_grad_ apply share_memory""".split()},
    "Module.parameters": "Iterator[torch.nn.Parameter]",
    "Module.named_parameters": "Iterator[tuple[Str, torch.nn.Parameter]]",
    "Module.buffers": "Iterator[Tensor]", "Module.named_buffers": "Iterator[tuple[Str, Tensor]]",
    "Module.children": "Iterator[Module]", "Module.modules": "Iterator[Module]", "Module.zero_grad": "None",
    "Module.named_children": "Iterator[tuple[Str, Module]]", "Module.named_modules": "Iterator[tuple[Str, Module]]",
    "Module.state_dict": "dict[Str, Any]", "Optimizer.state_dict": "dict[Str, Any]", "Optimizer.zero_grad": "None",
}
_REDUCED = ["({self}) -> Tensor",
            "({self}, dim: Int, keepdim: Bool = False, *, out: Any = None) -> return_types.{name}"]
_EXTREME = [*_REDUCED, "({self}, other: Tensor, *, out: Any = None) -> Tensor"]
WITH_INDICES = {f"{kind}_pool{n}d" for kind in ("max", "adaptive_max", "fractional_max") for n in (1, 2, 3)}
# functions with several forms; {self} is the first argument, of a method `self`
FORMS = {
    "max": _EXTREME, "min": _EXTREME, "median": _REDUCED, "nanmedian": _REDUCED,
    "Tensor.size": ["(self, dim: None = None) -> Size", "(self, dim: Int) -> Int"],
    "Tensor.stride": ["(self, dim: None = None) -> tuple[Int, ...]", "(self, dim: Int) -> Int"],
    "Tensor.type": ["(self, dtype: None = None) -> Str", "(self, dtype: Any, non_blocking: Bool = False) -> Tensor"],
    "where": ["(condition: Tensor) -> tuple[Tensor, ...]",
              "(condition: Tensor, input: Tensor | Number, other: Tensor | Number, *, out: Any = None) -> Tensor"],
    "nonzero": ["({self}, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
                "({self}, *, out: Any = None, as_tuple: Bool = False) -> Tensor"],
    "unique": ["({self}, sorted: Bool = True, *, dim: Int | None = None) -> Tensor",
               "({self}, sorted: Bool = True, return_inverse: Bool = False, return_counts: Bool = False, "
               "dim: Int | None = None) -> Any"],
    "unique_consecutive": ["({self}, *, dim: Int | None = None) -> Tensor",
                           "({self}, return_inverse: Bool = False, return_counts: Bool = False, "
                           "dim: Int | None = None) -> Any"],
    "randint": ["(high: Int, size: Sequence[Int], **options: Any) -> Tensor",
                "(low: Int, high: Int, size: Sequence[Int], **options: Any) -> Tensor"],
    "normal": ["(mean: Tensor | Float, std: Tensor | Float = 1.0, *, generator: Generator | None = None, "
    "out: Any = None) -> Tensor",
               "(mean: Float, std: Float, size: Sequence[Int], **options: Any) -> Tensor"],
    "flip": ["({self}, dims: Ints) -> Tensor", "({self}, *dims: Int) -> Tensor"],
    "Tensor.where": ["(self, condition: Tensor, other: Tensor | Number) -> Tensor"],
    "Tensor.item": ["(self) -> Any"],
    "Tensor.to": ["(self, *args: Any, **kwargs: Any) -> Tensor"],
    "Tensor.backward": ["(self, gradient: Tensor | None = None, retain_graph: Bool | None = None, "
    "create_graph: Bool = False, inputs: Any = None) -> None"],
}
PROPERTIES = {
    "shape": "Size", "dtype": "DType", "device": "TorchDevice", "grad": "Tensor | None", "layout": "Layout",
    "ndim": "Int",
    "itemsize": "Int", "nbytes": "Int", "output_nr": "Int", "_version": "Int", "requires_grad": "Bool",
    "retains_grad": "Bool",
    **dict.fromkeys("T mT H mH real imag data".split(), "Tensor"), "names": "Any", "name": "Any", "grad_fn": "Any",
}
WRITABLE = set("requires_grad grad data real imag names grad_dtype".split())
_ARITHMETIC = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift"
OPERATORS = [
    *(f"def __{r}{n}__(self, other: Any) -> Tensor: ..." for n in _ARITHMETIC.split() for r in ("", "r")),
    *(f"def __i{n}__(self, other: Any) -> Self: ..." for n in _ARITHMETIC.split() if n != "matmul"),
    *(f"def __{n}__(self, other: Any) -> Tensor: ..." for n in ("lt", "le", "gt", "ge")),
    *(f"def __{n}__(self, other: Any) -> Tensor: ...  # type: ignore[override]" for n in ("eq", "ne")),
    *(f"def __{n}__(self) -> Tensor: ..." for n in ("neg", "pos", "abs", "invert")),
    "def __getitem__(self, key: Any) -> Tensor: ...", "def __setitem__(self, key: Any, value: Any) -> None: ...",
    "def __len__(self) -> Int: ...", "def __iter__(self) -> Iterator[Tensor]: ...", "def __bool__(self) -> Bool: ...",
    "def __int__(self) -> Int: ...", "def __float__(self) -> Float: ...", "def __complex__(self) -> Complex: ...",
    "def __index__(self) -> Int: ...", "def __contains__(self, element: Any) -> Bool: ...",
    "def __hash__(self) -> Int: ...",
    "def __array__(self, dtype: Any = None) -> Any: ...", "def __deepcopy__(self, memo: Any) -> Self: ...",
]
