"""torch.hub: entry points of a hubconf.py in a folder or a GitHub repository, and weights by address, in a cache."""
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import warnings
import zipfile
from urllib.parse import urlparse
from urllib.request import Request, urlopen

from mindtorch._storage.saving import load as _load_file

try:
    from tqdm import tqdm
except ImportError:
    from mindtorch._absent import klass as _klass

    tqdm = _klass("torch.hub.tqdm", "the package tqdm is not installed")

__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
_CONF, _CHUNK, _TRUSTED = "hubconf.py", 1 << 17, ("facebookresearch", "facebookincubator", "pytorch", "fairinternal")
_dir = []


def _get_torch_home():
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.environ.get("TORCH_HOME", os.path.join(cache, "torch")))


def set_dir(d):
    """Choose the cache folder."""
    _dir[:] = [os.path.expanduser(d)]


def get_dir():
    """Where cached files lie: what set_dir said, else $TORCH_HOME/hub."""
    return _dir[0] if _dir else os.path.join(_get_torch_home(), "hub")


def download_url_to_file(url, dst, hash_prefix=None, progress=True):
    """Fetch an address (http, https, file) into a file that appears whole or not at all. RuntimeError when its SHA-256
    does not begin with hash_prefix; urllib's errors."""
    dst = os.path.expanduser(dst)
    digest = hashlib.sha256()
    folder = os.path.dirname(os.path.abspath(dst))
    with urlopen(Request(url, headers={"User-Agent": "torch.hub"})) as source:
        total = int(source.headers.get("Content-Length") or 0)
        descriptor, partial = tempfile.mkstemp(suffix=".partial", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as f:
                done = 0
                while block := source.read(_CHUNK):
                    f.write(block)
                    digest.update(block)
                    done += len(block)
                    if progress:
                        sys.stderr.write(f"\r{done / total:6.1%}" if total else f"\r{done} bytes")
            if progress:
                sys.stderr.write("\n")
            if hash_prefix is not None and not digest.hexdigest().startswith(hash_prefix):
                raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{digest.hexdigest()}")')
            os.replace(partial, dst)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(partial)


def load_state_dict_from_url(url, model_dir=None, map_location=None, progress=True, check_hash=False, file_name=None,
                             weights_only=False):
    """torch.load of an address, from <hub>/checkpoints (or model_dir) when it lies there already. check_hash: its
    SHA-256 begins with the digits in its name, "-<digits>."."""
    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = os.path.basename(urlparse(url).path) if file_name is None else file_name
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        sys.stderr.write(f'Downloading: "{url}" to {path}\n')
        found = HASH_REGEX.search(name) if check_hash else None
        download_url_to_file(url, path, found.group(1) if found else None, progress=progress)
    return _load_file(path, map_location=map_location, weights_only=weights_only)


def _parse_repo_info(github):
    repository, _, ref = github.partition(":")
    owner, name = repository.split("/")
    return owner, name, ref or "main"


def _check_trust(owner, name, trust_repo):
    folder = get_dir()
    os.makedirs(folder, exist_ok=True)
    path, entry = os.path.join(folder, "trusted_list"), f"{owner}_{name}"
    known = open(path, encoding="utf8").read().split() if os.path.exists(path) else []
    if owner in _TRUSTED or entry in known or trust_repo is True:
        if trust_repo is True and entry not in known:
            with open(path, "a", encoding="utf8") as f:
                f.write(entry + "\n")
        return
    if trust_repo is None:
        warnings.warn("You are about to download and run code from an untrusted repository. In a future release, this "
                      "won't be allowed. Use trust_repo=True to say that you trust it.", stacklevel=4)
        return
    if trust_repo == "check":
        answer = input(f"The repository {owner}_{name} does not belong to the list of trusted repositories and as such "
                       "cannot be downloaded. Do you trust this repository and wish to add it to the trusted list of "
                       "repositories (y/N)?")
        if answer.lower() in ("y", "yes"):
            return _check_trust(owner, name, True)
    raise Exception("Untrusted repository.")


def _fetched(github, force_reload, trust_repo, verbose):
    owner, name, ref = _parse_repo_info(github)
    _check_trust(owner, name, trust_repo)
    folder = os.path.join(get_dir(), "_".join((owner, name, ref.replace("/", "_"))))
    if os.path.exists(folder) and not force_reload:
        if verbose:
            sys.stderr.write(f"Using cache found in {folder}\n")
        return folder
    with tempfile.TemporaryDirectory(dir=get_dir()) as room:
        archive = os.path.join(room, "archive.zip")
        download_url_to_file(f"https://github.com/{owner}/{name}/zipball/{ref}", archive, progress=False)
        with zipfile.ZipFile(archive) as z:
            if any(os.path.isabs(n) or ".." in n.split("/") for n in z.namelist()):
                raise RuntimeError(f"the archive of {github} names files outside its folder")
            z.extractall(os.path.join(room, "files"))
        inner, = os.listdir(os.path.join(room, "files"))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.move(os.path.join(room, "files", inner), folder)
    return folder


@contextlib.contextmanager
def _conf(folder):
    """The module hubconf.py of a folder, which is on the path meanwhile."""
    path = os.path.join(folder, _CONF)
    if not os.path.exists(path):
        raise FileNotFoundError(2, "No such file or directory", path)
    sys.path.insert(0, folder)
    try:
        spec = importlib.util.spec_from_file_location("hubconf", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        missing = [n for n in getattr(module, "dependencies", None) or () if importlib.util.find_spec(n) is None]
        if missing:
            raise RuntimeError(f"Missing dependencies: {', '.join(missing)}")
        yield module
    finally:
        sys.path.remove(folder)


def _entry(module, name):
    if not isinstance(name, str):
        raise ValueError("Invalid input: model should be a string of function name")
    found = getattr(module, name, None)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {name} in hubconf")
    return found


def _folder(repo_or_dir, source, force_reload, trust_repo, verbose):
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    return repo_or_dir if source == "local" else _fetched(repo_or_dir, force_reload, trust_repo, verbose)


def load(repo_or_dir, model, *args, source="github", trust_repo="check", force_reload=False, verbose=True,
         skip_validation=False, **kwargs):
    """What an entry point of hubconf.py gives for the arguments: of a folder (source="local") or of a GitHub repository
    "owner/name[:ref]", whose default ref is main. skip_validation changes nothing: refs are not looked up before."""
    with _conf(_folder(repo_or_dir, source.lower(), force_reload, trust_repo, verbose)) as module:
        return _entry(module, model)(*args, **kwargs)


def list(github, force_reload=False, skip_validation=False, trust_repo="check", verbose=True):  # noqa: A001
    """Names of the entry points of a GitHub repository: callables of its hubconf.py without a leading underscore."""
    with _conf(_fetched(github, force_reload, trust_repo, verbose)) as module:
        return [n for n in dir(module) if callable(getattr(module, n)) and not n.startswith("_")]


def help(github, model, force_reload=False, skip_validation=False, trust_repo="check"):  # noqa: A001
    """The docstring of an entry point of a GitHub repository."""
    with _conf(_fetched(github, force_reload, trust_repo, True)) as module:
        return _entry(module, model).__doc__
