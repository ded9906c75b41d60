"""What is not called, and why; and what is called last, because it changes the process by intent."""
import functools
import re

# a pattern of names -> why
SKIP = {
    r"torch\.(hub|distributed|multiprocessing|cuda|npu|xpu|mps|mtia)\b": "fetch, spawn or wait for others",
    r"torch\.(save|load)$|torch\.serialization\.(save|load|_legacy_save)": "reads and writes files: "
                                                                           "tests/fuzz/files.py has it",
    r"torch\.(from_file|UntypedStorage\.from_file|TypedStorage\.from_file)$": "maps any file, also for writing",
    r"torch\.(compile|_dynamo|_inductor|jit)\b": "runs compilers",
    r"\.load_library$|torch\._C\.load_kernels$": "loads any library by its path",
    r"_crash_if|_abort|_exit$": "ends the process by intent",
    r"torch\.(Tensor\.)?__(class|dict|init_subclass|subclasshook)__": "part of Python",
    r"torch\.utils\.data\.DataLoader": "spawns workers",
    r"torch\.(UntypedStorage|TypedStorage|storage\.\w+|Tensor|FloatStorage)\._?(new_shared|share_)\w*"
    r"|_new_shared_\w+|share_memory_|_share_\w+|_weakref$|_new_with_weak_ptr":
        "files in shared memory, by numbers of descriptors",
    r"\._write_file$|\._set_from_file$|\._new_with_file$": "reads and writes any descriptor of the process",
    r"torch\.overrides\.(get_\w+|resolve_name)": "long lists of names",
    r"torch\._utils\.(_import_dotted_name)$": "imports any module by name",
    r"torch\.(testing\.assert_allclose|profiler)\b": "nothing of its own",
    r"torch\.nn\.Transformer(Encoder|Decoder|)$": "makes as many layers as it is told, as the reference does",
    r"\.(breakpoint|set_trace)$": "waits for a keyboard",
    r"torch\.seed$|torch\.random\.seed$": "nothing to check: takes none",
}
# changes what later calls rely on: the worker ends after it
LAST = (
    r"\bset_(?!grad\b)\w+|\b_set_\w+|torch\._C\.(push|pop|protect|keep|queue|set|attach|bump|share|swap|adopt)\w*"
    r"|torch\._C\.(resize|rebase|detach|in_backward|save|restore)\w*"
    r"|use_deterministic|swap_tensors|_swap|torch\.Tensor\.__setstate__"
    r"|__torch_function__|inference_mode|no_grad|enable_grad|autocast\b.*__enter__|__enter__|__exit__|_enter|_exit"
    r"|push_|pop_|register_|install_|default_generator|manual_seed|torch\.library\.|DisableTorchFunction"
    r"|__setattr__|__delattr__|parametrize"
)
TEXTS = r"^torch\.(version|__config__)\."
# NumPy itself is handed an object that claims an array: it reads where the object says, with any library
LIES = re.compile(r"^np\.|^\(?array\(").search


@functools.cache
def reason(name):
    """Why a name is not called; None when it is."""
    return next((why for pattern, why in SKIP.items() if re.search(pattern, name)), None)


last = re.compile(LAST).search
