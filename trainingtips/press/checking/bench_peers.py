"""`make bench`, the package side by side with its peers on two larger networks.

A residual network of pictures and a small language model, each trained a little first; every
measure by every package that has it, once, in a process of its own and on one thread: processor
seconds, Hessian-vector products over all batches, by how much its memory rose, and how far off the
answer is. All of them read the same two batches, of the eight that the networks are trained on. An
interrupted bench goes on where it was.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from trainingtips import batches, curvature, data, networks, timing
from trainingtips.press.base import files, paths

OURS = "trainingtips"
PEERS = {
    "PyHessian": "pyhessian",
    "curvlinops": "curvlinops-for-pytorch",
    "hessian-eigenthings": "hessian-eigenthings",
}
MEASURES = {  # and the network of each; the noise scale is of no peer
    ("λ_max", "ResNet"): (OURS, *PEERS),
    ("λ_max", "GPT"): (OURS, *PEERS),
    ("λ_min", "ResNet"): (OURS, "curvlinops", "hessian-eigenthings"),
    ("trace", "ResNet"): (OURS, *PEERS),
    ("density", "ResNet"): (OURS, "PyHessian", "hessian-eigenthings"),
    ("noise scale", "ResNet"): (OURS,),
}
ENDS = {"λ_max": "LA", "λ_min": "SA"}  # as ARPACK calls them
BATCHES, MEASURED, UPDATES = 8, 2, 24
PRODUCTS, STEPS = 96, 64  # of a trace, of a density
LOOSE = 1e9  # of our small run: it ends at once
TOLERANCE = 1e-3  # of a peer that asks for one: PyHessian's own


@dataclass
class Problem:
    """A network and its batches; `small` is a first run, which loads what is loaded once."""

    network: nn.Module
    loader: list
    small: bool = False
    products: int = 0  # counted as they are made

    def counted(self, times):
        """`times`, whose calls are counted: of one vector, or of the rows of several."""

        def apply(v, *rest):
            self.products += len(v) if torch.is_tensor(v) and v.ndim == 2 else 1
            return times(v, *rest)

        return apply


class _Block(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outside),
        )
        self.around = nn.Identity()
        if inside != outside:
            self.around = nn.Sequential(
                nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside)
            )

    def forward(self, x):
        return torch.relu(self.body(x) + self.around(x))


def resnet():
    """Six blocks with batch normalization, for pictures of 8×8 (He et al. 2016, section 4.2)."""
    widths = [(16, 16, 1), (16, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1)]
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 16, 3, 1, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        *(_Block(*each) for each in widths),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )


class _SignsSecond(nn.Module):
    """A language model whose scores are (N, signs, T), as every package's cross-entropy wants."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).transpose(1, 2)


def gpt():
    """Three layers, 64 wide, over 32 signs; its attention is written out, for all packages."""
    return _SignsSecond(networks.transformer(length=32, width=64, heads=4, layers=3))


def digits():
    """1,024 digits."""
    found = data.load("digits")
    return found.x[:1024], found.y[:1024]


def text():
    """256 times 32 signs of a text."""
    found = data.load("text")
    return found.x[:256, :32], found.y[:256, :32]


NETWORKS = {"ResNet": (resnet, digits, 1e-2), "GPT": (gpt, text, 3e-3)}


def problem(name, state=None):
    """The `Problem` of this name: as drawn with all batches, or in a kept state with a few."""
    make, examples, _ = NETWORKS[name]
    torch.manual_seed(0)
    network = make()
    if state is not None:
        network.load_state_dict(torch.load(state, weights_only=True))
    x, y = examples()
    parts = zip(x.chunk(BATCHES), y.chunk(BATCHES), strict=True)
    loader = [(a.contiguous(), b.contiguous()) for a, b in parts]
    return Problem(network.eval(), loader if state is None else loader[:MEASURED])


def trained(name):
    """The problem after `UPDATES` updates of Adam, in eval mode."""
    found, rate = problem(name), NETWORKS[name][2]
    rule = torch.optim.Adam(found.network.parameters(), rate)
    found.network.train()
    for number in range(UPDATES):
        x, y = found.loader[number % BATCHES]
        rule.zero_grad()
        cross_entropy(found.network(x), y).backward()
        rule.step()
    rule.zero_grad(set_to_none=True)
    found.network.eval()
    return found


def end(problem, measure):
    """λ_max or λ_min of the plain second derivative in float64, by scipy's Lanczos."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    network = problem.network.double()
    own = list(network.parameters())
    sizes, n = [p.numel() for p in own], sum(p.numel() for p in own)

    def times(v):
        parts = torch.from_numpy(v.reshape(-1).astype(float)).split(sizes)
        vectors = [part.view_as(p) for part, p in zip(parts, own, strict=True)]
        total = torch.zeros(n, dtype=torch.float64)
        for x, y in problem.loader:
            loss = cross_entropy(network(x.double() if x.is_floating_point() else x), y)
            slopes = torch.autograd.grad(loss, own, create_graph=True)
            found = torch.autograd.grad(slopes, own, vectors)
            total += torch.cat([each.reshape(-1) for each in found]) / len(problem.loader)
        return total.numpy()

    operator = LinearOperator((n, n), matvec=times, dtype=float)
    start = np.random.default_rng(0).normal(size=n)
    # the error of an eigenvalue is of the order of the residual's square: far below any package's
    found = eigsh(operator, 1, which=ENDS[measure], tol=1e-4, v0=start, return_eigenvectors=False)
    return float(found[0])


def _own(problem):
    loss, theta = curvature.flat_loss(problem.network, cross_entropy, problem.loader)
    products = loss.products
    loss.products = lambda theta, memory=None: problem.counted(products(theta, memory))
    return loss, theta


def _ours(problem, measure):
    if measure == "noise scale":
        found = batches.noise_over(problem.network, cross_entropy, problem.loader)
        return found.scale, None
    loss, theta = _own(problem)
    if measure == "trace":
        found = curvature.trace(loss, theta, 6 if problem.small else PRODUCTS)
        return found.mean, (found.high - found.low) / 2 / 1.96
    if measure == "density":
        steps = 3 if problem.small else STEPS
        return float(curvature.spectral_density(loss, theta, 1, steps).points[-1]), None
    if measure == "λ_max":
        loose = {"error": LOOSE} if problem.small else {}
        return curvature.largest_eigenvalue(loss, theta, **loose), None
    loose = {"basis": 3, "tolerance": LOOSE} if problem.small else {}
    return float(curvature.eigenpairs(loss, theta, 1, "smallest", **loose)[0][0]), None


def _pyhessian(problem, measure):
    from pyhessian import hessian

    there = problem.loader[0][0].is_cuda
    found = hessian(problem.network, cross_entropy, dataloader=problem.loader, cuda=there)
    found.dataloader_hv_product = problem.counted(found.dataloader_hv_product)
    if measure == "λ_max":
        return found.eigenvalues(2 if problem.small else 1000, TOLERANCE)[0][0], None
    if measure == "trace":
        samples = found.trace(2 if problem.small else PRODUCTS, tol=0)
        return np.mean(samples), np.std(samples, ddof=1) / len(samples) ** 0.5
    return max(map(max, found.density(iter=3 if problem.small else STEPS, n_v=1)[0])), None


def _curvlinops(problem, measure):
    from curvlinops import HessianLinearOperator, hutchpp_trace
    from scipy.sparse.linalg import LinearOperator, eigsh

    operator = HessianLinearOperator(
        problem.network, nn.CrossEntropyLoss(), list(problem.network.parameters()),
        problem.loader, check_deterministic=False,
    )  # fmt: skip
    if measure == "trace":
        problem.products = 6 if problem.small else PRODUCTS
        return float(hutchpp_trace(operator, problem.products)), None
    plain = operator.to_scipy()
    if problem.small:
        return float(np.linalg.norm(plain @ np.ones(plain.shape[1], plain.dtype))), None
    counted = LinearOperator(plain.shape, problem.counted(plain.matvec), dtype=plain.dtype)
    found = eigsh(counted, 1, which=ENDS[measure], tol=TOLERANCE, return_eigenvectors=False)
    return found[0], None


def _eigenthings(problem, measure):
    from hessian_eigenthings import algorithms
    from hessian_eigenthings.loss_fns import supervised_loss
    from hessian_eigenthings.operators import HessianOperator

    operator = HessianOperator(problem.network, problem.loader, supervised_loss(cross_entropy))
    operator.matvec = problem.counted(operator.matvec)
    if measure == "trace":
        found = algorithms.trace(operator, num_matvecs=6 if problem.small else PRODUCTS, seed=0)
        return found.estimate, found.stderr
    if measure == "density":
        steps = 3 if problem.small else STEPS
        found = algorithms.spectral_density(operator, num_runs=1, lanczos_steps=steps, seed=0)
        return float(found.raw_eigenvalues.max()), None
    if measure == "λ_max":
        limit = 2 if problem.small else 1000
        found = algorithms.deflated_power_iteration(
            operator, k=1, max_iter=limit, tol=TOLERANCE, seed=0
        )
    else:
        steps = 3 if problem.small else 30  # it asks how many, and has no end of its own
        found = algorithms.lanczos(operator, k=1, max_iter=steps, which="SA", seed=0)
    return float(found.eigenvalues[0]), None


WAYS = {
    OURS: _ours,
    "PyHessian": _pyhessian,
    "curvlinops": _curvlinops,
    "hessian-eigenthings": _eigenthings,
}


def measured(folder, name, measure, package):
    """What one measure takes by one package: value, its error, seconds, products, bytes."""
    torch.set_num_threads(1)
    here = problem(name, Path(folder) / f"{name}.pt")
    few = [(x[:2], y[:2]) for x, y in here.loader[:2]]
    torch.manual_seed(0)
    np.random.seed(0)  # a peer draws from the global state
    WAYS[package](Problem(here.network, few, small=True), measure)
    (value, error), seconds, size = timing.spent(lambda: WAYS[package](here, measure))
    return {
        "found": float(value), "error": None if error is None else float(error) / abs(float(value)),
        "seconds": seconds, "products": here.products, "bytes": size,
    }  # fmt: skip


def prepared(folder, name):
    """Train a network, keep its state in the folder, and return how many weights it has."""
    torch.set_num_threads(1)
    found = trained(name)
    torch.save(found.network.state_dict(), Path(folder) / f"{name}.pt")
    return {"weights": sum(p.numel() for p in found.network.parameters())}


def exact(folder, name, measure):
    """An end of a trained network's spectrum, by another way than any package's."""
    torch.set_num_threads(1)
    return {measure: end(problem(name, Path(folder) / f"{name}.pt"), measure)}


def rows(root, say=lambda text: None):
    """Every measure by every package: rows of the record."""
    folder = _folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    kept = _Kept(folder)
    for (measure, name), packages in MEASURES.items():
        say(f"{measure}, {name} …")
        known = kept.run("prepared", name)
        of = {"density": "λ_max"}.get(measure, measure)
        if of in ENDS:
            known = known | kept.run("exact", name, of)
        if "fails" in known:
            raise RuntimeError(f"{name}, without any package: {known['fails']}")
        for package in packages:
            if package != OURS and _version(package) is None:
                yield row(measure, name, package, {"fails": f"{package} is not installed"}, known)
                continue
            yield row(measure, name, package, kept.run("measured", name, measure, package), known)


def forget(root):
    """Remove what an interrupted bench would go on from."""
    shutil.rmtree(_folder(root), ignore_errors=True)


def _folder(root):
    return Path(root) / "build" / "bench-peers"


def row(measure, name, package, found, known):
    """A row of the record from what a process found, and from what is known of its network."""
    fails, error = found.get("fails"), found.get("error")
    truth = known.get("λ_max" if measure == "density" else measure)
    if not fails and truth is not None:
        error = abs(found["found"] / truth - 1)
    kept = {"what": f"{measure}, {name}: {package}", "ratio": None, "budget": None,
            "measure": measure, "network": name, "package": package, "weights": known["weights"],
            "products": found.get("products") or None, "note": fails or ""}  # fmt: skip
    numbers = {"seconds": found.get("seconds"), "bytes": found.get("bytes"),
               "found": found.get("found"), "error": error}  # fmt: skip
    return kept | {k: v if v is None else float(f"{v:.4g}") for k, v in numbers.items()}


class _Kept:
    """What processes of an interrupted bench found, while code and versions are the same."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "found.json"
        self.of = _state()
        record = json.loads(self.path.read_bytes()) if self.path.exists() else {}
        self.found = record["found"] if record.get("of") == self.of else {}

    def run(self, *task):
        name = ": ".join(task)
        if name not in self.found:
            self.found[name] = _in_a_process(self.folder, *task)
            record = {"of": self.of, "found": self.found}
            files.replace(self.path, json.dumps(record, ensure_ascii=False).encode())
        return self.found[name]


def _in_a_process(folder, *task):
    """What `task` finds in a process of its own. Raises RuntimeError where that gives no answer."""
    return json.loads(last_line(": ".join(task), __name__, str(folder), *task))


def last_line(what, module, *arguments, **environment):
    """The last line that a module's own process prints, on one thread.

    Raises RuntimeError, which names `what`, where the process fails.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *arguments],
        capture_output=True, text=True, cwd=paths.SOURCE,
        env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"} | environment,
    )  # fmt: skip
    if done.returncode:  # killed, or for want of memory: nothing to keep
        told = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        raise RuntimeError(f"{what}: {told[0]}")
    return done.stdout.splitlines()[-1]


def answer(folder, task, *arguments):
    """What `measured` or `prepared` finds; {"fails": why} where a package raises an error."""
    try:
        return TASKS[task](folder, *arguments)
    except Exception as error:  # a peer's own
        return {"fails": f"{type(error).__name__}: {str(error).splitlines()[0]}"}


TASKS = {"measured": measured, "prepared": prepared, "exact": exact}


def _state():
    """A text that changes with the package's code and with the peers' versions."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(paths.PACKAGE.glob("*.py")):
        found.update(path.read_bytes())
    versions = [torch.__version__, *(str(_version(peer)) for peer in PEERS)]
    return ", ".join([*versions, found.hexdigest()])


def _version(peer):
    try:
        return metadata.version(PEERS[peer])
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    print(json.dumps(answer(*sys.argv[1:])))
