"""`make bench`: ratios against the obvious way and against the peers, each measured in one run.

Seconds differ from machine to machine, ratios far less. Every row says what is compared, checks
that both sides give the same answer, and stands beside its budget where it has one.
"""

import copy
import functools
import json
import sys
import time
import warnings
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.nn.functional import cross_entropy

from trainingtips import batches, curvature, data
from trainingtips.ensemble import Ensemble
from trainingtips.experiments import whole_sets
from trainingtips.press.base import files, provenance
from trainingtips.press.checking import bench_builder, bench_edit, bench_peers
from trainingtips.timing import Timing, peak_bytes
from trainingtips.timing import seconds as time_it

MEMBERS, RATE = 32, 0.1
ALIKE = {"rtol": 1e-2, "atol": 1e-3}  # after an epoch, of weights that took the same updates
PATH, PARTS = "results/bench.json", ("package", "builder", "edit", "gpu")
BUILDERS = ("matplotlib", "Sphinx", "sphinx-gallery", "mkdocs-gallery")
PEERS = bench_peers.PEERS


def run(root, parts=(), say=print, count=None):
    """Measure `parts` of PARTS (default: all), print the rows, write each part as it is done.

    A part that is not measured stays as it is kept, that of a GPU too where torch sees none.
    `count` is of figures, for the builder alone.
    """
    path = Path(root) / PATH
    record = json.loads(path.read_bytes()) if path.exists() else {}
    measures = {"package": lambda: package(root, say), "builder": lambda: builder(root, count)}
    measures |= {"edit": lambda: edit(root), "gpu": gpu}
    for part in parts or PARTS:
        if part == "gpu" and not torch.cuda.is_available():
            say("torch sees no GPU here: its rows stay as they are")
            continue
        found = []
        for each in measures[part]():
            found.append(each)
            say(line(each))
        record[part] = {"environment": environment(part), "rows": found}
        files.replace(path, (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode())
        if part == "package":
            bench_peers.forget(root)


def builder(root, count=None):
    """The rows of the builder."""
    yield from bench_builder.rows(root, count)


def edit(root):
    """From an edit to the page, where there is a site; and what it costs to watch compute()."""
    if (Path(root) / "mkdocs.yml").exists():
        yield from bench_edit.rows(root)
    yield from bench_edit.watched(root)


def package(root, say):
    """The rows of the science package; what it says is which measure is under way."""
    torch.set_num_threads(1)
    yield from bench_peers.rows(root, say)  # first, for it goes on where it was
    for measure in (ensemble, ensemble_ways, product, whole_hessian, top_eigenvalue, trace, memory):
        yield from measure()
    yield from memory_of_data()


def gpu():
    """The rows of the package on a GPU: wall-clock seconds, with the GPU's queue empty."""
    torch.set_num_threads(1)
    yield from gpu_ensemble()
    yield from gpu_curvature()


def gpu_ensemble():
    """Networks at once against one by one, and against their updates as one CUDA graph.

    The graph makes the updates of `Ensemble.train` without its evaluation at the end of an epoch.
    """
    train = data.load("digits").split(1024)[0].to("cuda")
    for members, batch, epochs in ((MEMBERS, 4, 1), (MEMBERS, 64, 4), (8 * MEMBERS, 4, 1)):
        nets = Ensemble(_small, range(members), device="cuda")
        starts = [nets.member(i).train() for i in range(2)]
        apart = on_gpu(lambda s=starts, b=batch, e=epochs: _one_by_one(s, train, b, e))
        together = on_gpu(lambda n=nets, b=batch, e=epochs: n.train(train.x, train.y, _sgd, b, e))
        places = torch.arange(len(train), device="cuda").expand(members, -1).contiguous()
        hot = nn.functional.one_hot(train.y, train.classes).float()
        own = torch.arange(members, device="cuda")
        given = whole_sets.Examples(train.x, hot, places, places, own)
        descent = whole_sets.Descent(nets, given, batch, RATE)
        graph = on_gpu(lambda d=descent, e=epochs: d.make(e * d.per_epoch))
        apart *= members / len(starts)
        what, many = f"{members} networks", f"batch {batch}, on a GPU"
        note = (
            f"{apart:.2f} s, from two of them, against {together:.2f} s, {epochs} epochs of digits"
        )
        yield _row(f"{what} one by one / at once, {many}", apart / together, note)
        note = f"{together:.2f} s against {graph:.3f} s"
        yield _row(f"{what} at once / as one CUDA graph, {many}", together / graph, note)


def gpu_curvature():
    """Products and λ_max of the two networks of `bench_peers`, on a GPU."""
    for name in bench_peers.NETWORKS:
        here = bench_peers.trained(name)
        loader = here.loader[: bench_peers.MEASURED]
        there = [(x.cuda(), y.cuda()) for x, y in loader]
        times = {}
        for place, batches_there in (("cpu", loader), ("cuda", there)):
            loss, theta = curvature.flat_loss(here.network.to(place), cross_entropy, batches_there)
            v = torch.ones_like(theta)
            times[place] = on_gpu(lambda f=loss, t=theta, v=v: curvature.hvp(f, t, v))
        note = f"{times['cpu']:.3f} s on one core against {times['cuda']:.4f} s"
        yield _row(f"a product, {name}: processor / GPU", times["cpu"] / times["cuda"], note)
        here.network.eval()
        found, taken = _ended(here.network, there, bench_peers.WAYS[bench_peers.OURS])
        for peer in PEERS:
            what = f"λ_max, {name}, on a GPU: {peer} / trainingtips"
            try:
                value, seconds_taken = _ended(here.network, there, bench_peers.WAYS[peer])
            except Exception as error:  # not installed, or not for a GPU
                yield _row(what, None, f"{type(error).__name__}: {str(error).splitlines()[0]}")
                continue
            note = f"{seconds_taken:.2f} s against {taken:.2f} s; {value:.5g} and {found:.5g}"
            yield _row(what, seconds_taken / taken, note)


def _ended(network, loader, way):
    """(λ_max, seconds) of the network by one package, after a small run that loads it."""
    few = [(x[:2], y[:2]) for x, y in loader]
    way(bench_peers.Problem(network, few, small=True), "λ_max")
    torch.manual_seed(0)
    np.random.seed(0)
    torch.cuda.synchronize()
    start = time.perf_counter()
    value, _ = way(bench_peers.Problem(network, loader), "λ_max")
    torch.cuda.synchronize()
    return float(value), time.perf_counter() - start


def on_gpu(function):
    """The median of three runs' wall-clock seconds, after one that does not count."""
    return time_it(function, 3, 1, synchronize=torch.cuda.synchronize).median


def environment(part):
    """Versions, the peers' too, and the processor, and of the part on a GPU its name."""
    found = provenance.environment({"numpy", "scipy", "torch"}) | {"threads": 1}
    found.pop("instructions")  # the bench runs as the machine likes
    if part == "gpu":
        found["gpu"] = torch.cuda.get_device_name()
    own = {"builder": BUILDERS, "edit": ("mkdocs", "mkdocs-material", "matplotlib")}
    peers = {name: name for name in own[part]} if part in own else PEERS
    return found | {name: _version(package) for name, package in peers.items()}


def line(row):
    """A row as text: what, ratio, budget, and the seconds or bytes behind it."""
    budget = f"  budget {row['budget']}" if row.get("budget") else ""
    if row.get("bytes") is not None:
        products = f"{row['products']} products, " if row["products"] else ""
        error = "" if row["error"] is None else f", error {row['error']:.1e}"
        size = f"{row['bytes'] / 1e6:.0f} MB"
        return f"{row['what']:<62} {row['seconds']:8.2f} s  {products}{size}{error}"
    if row["ratio"] is None and row.get("seconds") is not None:
        return f"{row['what']:<62} {row['seconds']:8.2f} s{budget:<14}  {row['note']}"
    if row["ratio"] is None:
        return f"{row['what']:<62} {row['note']}"
    return f"{row['what']:<62} {row['ratio']:8.2f} ×{budget:<14}  {row['note']}"


def seconds(function, repeats, warmup) -> Timing:
    """Processor seconds, on one thread: what else the machine is doing does not count."""
    return time_it(function, repeats, warmup, clock=time.process_time)


def _row(what, ratio, note, budget=None):
    return {"what": what, "ratio": ratio and float(f"{ratio:.4g}"), "budget": budget, "note": note}


def _network(*widths, seed=0, act=nn.Tanh):
    torch.manual_seed(seed)
    layers = []
    for a, b in pairwise(widths):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers[:-1])


def ensemble():
    """32 networks at once against 32 ordinary training loops over the same batches.

    What is saved is the cost of each operation's start; with large batches arithmetic is what
    takes the time, and that stays the same.
    """
    train, _ = data.load("digits").split(1024)
    sizes = [(MEMBERS, 4, 1, "≥ 10"), (MEMBERS, 16, 2, None), (MEMBERS, 64, 4, None)]
    for members, batch, epochs, budget in [*sizes, (4 * MEMBERS, 4, 1, None)]:
        nets = Ensemble(_small, range(members))
        starts = [nets.member(i).train() for i in range(members)]
        nets.train(train.x, train.y, _sgd, batch, epochs)
        alone = _one_by_one(starts, train, batch, epochs)
        for i, network in enumerate(alone):
            for ours, theirs in zip(nets.member(i).parameters(), network.parameters(), strict=True):
                torch.testing.assert_close(ours, theirs, **ALIKE)
        together = seconds(
            lambda nets=nets, b=batch, e=epochs: nets.train(train.x, train.y, _sgd, b, e), 3, 0
        )
        apart = seconds(
            lambda starts=starts, b=batch, e=epochs: _one_by_one(starts, train, b, e), 3, 0
        )
        ratio = apart.median / together.median
        note = f"{apart.median:.2f} s against {together.median:.2f} s, {epochs} epochs of digits"
        what = f"{members} networks one by one / at once, batch {batch}"
        yield _row(what, ratio, note, budget)


def _small():
    return nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
    )


def ensemble_ways():
    """What might make 32 networks at once quicker still: an epoch of batches of four, each way.

    All make the updates of `Ensemble.train`, which is what they are measured against. The ways
    that are written out know that these networks are three layers with ReLU between.
    """
    train, _ = data.load("digits").split(1024)
    nets = Ensemble(_small, range(MEMBERS))
    start = {name: values.detach().clone() for name, values in nets.parameters.items()}

    def trained(optimizer):
        with torch.no_grad():
            for name, values in start.items():
                nets.parameters[name].copy_(values)
        nets.train(train.x, train.y, optimizer, 4, 1)
        return [values.detach().clone() for values in nets.parameters.values()]

    expected = trained(_sgd)
    ours = seconds(lambda: trained(_sgd), 5, 1).median

    def row(way, function, more=""):
        for found, right in zip(function(), expected, strict=True):
            torch.testing.assert_close(found, right, **ALIKE)
        taken = seconds(function, 5, 0).median
        note = f"{ours:.3f} s against {taken:.3f} s{more}"
        return _row(f"{MEMBERS} networks, batch 4: Ensemble / {way}", ours / taken, note)

    for way, given in {"foreach SGD": {"foreach": True}, "fused SGD": {"fused": True}}.items():
        rule = functools.partial(torch.optim.SGD, lr=RATE, **given)
        yield row(way, functools.partial(trained, rule))

    def slopes(parameters, x, y):  # of one network
        output = torch.func.functional_call(nets.template, parameters, (x,))
        return cross_entropy(output, y)

    stacked = torch.func.vmap(torch.func.grad(slopes))
    first = _dealt(train)[0]
    begun = time.process_time()
    recorded = make_fx(stacked)(start, *first)
    more = f", recorded in {time.process_time() - begun:.1f} s"
    yield row("its step as a recorded graph", lambda: _epoch(recorded, start, train), more)
    compiled, begun = torch.compile(stacked), time.perf_counter()
    try:
        compiled(start, *first)
    except Exception as error:  # inductor wants a compiler of C++
        what = f"{MEMBERS} networks, batch 4: Ensemble / its step by torch.compile"
        yield _row(what, None, f"{type(error).__name__}: {str(error).splitlines()[0]}")
    else:
        more = f", compiled in {time.perf_counter() - begun:.0f} s"
        yield row("its step by torch.compile", lambda: _epoch(compiled, start, train), more)
    names = list(start)
    for way, step in {"bmm, autograd": _by_bmm, "bmm, by hand": _by_hand}.items():
        step = functools.partial(step, names)
        yield row(way, functools.partial(_epoch, step, start, train))


def _dealt(train, batch=4):
    """[(x, y)] of an epoch, each (E, B, …), as `Ensemble.train` deals them."""
    deal = [batches.epoch(len(train), batch, seed, 0) for seed in range(MEMBERS)]
    parts = [torch.from_numpy(np.stack(each)) for each in zip(*deal, strict=True)]
    return [(train.x[part], train.y[part]) for part in parts]


def _epoch(step, start, train):
    """The parameters after an epoch of SGD by `step(parameters, x, y)`, which returns slopes."""
    parameters = {name: values.clone() for name, values in start.items()}
    values = list(parameters.values())
    for x, y in _dealt(train):
        slopes = step(parameters, x, y)
        torch._foreach_add_(values, list(slopes.values()), alpha=-RATE)
    return values


def _layers(parameters, x):
    """[what enters each layer, …, the outputs] of the stacked networks, (E, B, …) each."""
    values, found = list(parameters.values()), [x]
    for weight, bias in zip(values[::2], values[1::2], strict=True):
        inside = found[-1].relu() if len(found) > 1 else x
        found.append(torch.baddbmm(bias[:, None], inside, weight.transpose(1, 2)))
    return found


def _by_bmm(names, parameters, x, y):
    inside = {name: values.detach().requires_grad_() for name, values in parameters.items()}
    output = _layers(inside, x)[-1]
    loss = cross_entropy(output.flatten(0, 1), y.flatten(), reduction="sum") / y.shape[1]
    return dict(zip(names, torch.autograd.grad(loss, list(inside.values())), strict=True))


def _by_hand(names, parameters, x, y):
    """Backpropagation written out: no graph is made."""
    *inside, output = _layers(parameters, x)
    up = output.softmax(-1)
    up.scatter_add_(2, y[..., None], torch.full_like(up[..., :1], -1.0))
    up, values, found = up / y.shape[1], list(parameters.values()), []
    for k in reversed(range(len(inside))):
        enters = inside[k].relu() if k else x
        found = [up.transpose(1, 2) @ enters, up.sum(1), *found]
        if k:
            up = (up @ values[2 * k]) * (inside[k] > 0)
    return dict(zip(names, found, strict=True))


def _sgd(parameters):
    return torch.optim.SGD(parameters, lr=RATE)


def _one_by_one(starts, train, batch, epochs):
    return [
        _plain_loop(copy.deepcopy(start), train, seed, batch, epochs)
        for seed, start in enumerate(starts)
    ]


def _plain_loop(network, train, seed, batch, epochs):
    rule = _sgd(network.parameters())
    for number in range(epochs):
        for part in batches.epoch(len(train), batch, seed, number):
            index = torch.from_numpy(part)
            rule.zero_grad()
            cross_entropy(network(train.x[index]), train.y[index]).backward()
            rule.step()
        with torch.no_grad():  # the ensemble evaluates after each epoch, too
            cross_entropy(network(train.x), train.y)
    return network


def product():
    """A Hessian-vector product, by itself and within a series, against a gradient."""
    digits = data.load("digits")
    networks = {
        "64-32-32-10": (_network(64, 32, 32, 10), digits.x[:1024]),
        "64-512-512-10": (_network(64, 512, 512, 10), digits.x[:1024]),
    }
    for name, (network, x) in networks.items():
        loss, theta = curvature.flat_loss(network, cross_entropy, x, digits.y[: len(x)])
        v = torch.randn_like(theta)
        g = seconds(lambda loss=loss, theta=theta: _plain_gradient(loss, theta), 31, 3)
        one = seconds(lambda loss=loss, theta=theta, v=v: curvature.hvp(loss, theta, v), 31, 3)
        note = f"{one.median * 1e3:.2f} ms against {g.median * 1e3:.2f} ms, n = {len(theta)}"
        yield _row(f"hvp / gradient, {name}", one.median / g.median, note, "≤ 4")


def _plain_gradient(loss, theta):
    point = theta.clone().requires_grad_()
    return torch.autograd.grad(loss(point), point)[0]


def _thousand():
    digits = data.load("digits")
    network = _network(64, 13, 10)
    return network, digits.x[:512], digits.y[:512]


def whole_hessian():
    """The Hessian of some 1,000 weights against one autograd product a column."""
    network, x, y = _thousand()
    loss, theta = curvature.flat_loss(network, cross_entropy, x, y)

    def by_column():
        point = theta.clone().requires_grad_()
        g = torch.autograd.grad(loss(point), point, create_graph=True)[0]
        return torch.stack([torch.autograd.grad(e, point, retain_graph=True)[0] for e in g])

    torch.testing.assert_close(by_column(), curvature.hessian(loss, theta), rtol=1e-3, atol=1e-5)
    ours = seconds(lambda: curvature.hessian(loss, theta), 5, 1)
    theirs = seconds(by_column, 5, 1)
    note = f"{theirs.median:.3f} s against {ours.median:.3f} s, n = {len(theta)}"
    yield _row("Hessian, a column at a time / batched", theirs.median / ours.median, note, "≥ 3")
    reverse = seconds(lambda: torch.func.hessian(loss)(theta), 5, 1)
    note = f"{reverse.median:.3f} s against {ours.median:.3f} s"
    yield _row("Hessian, torch.func.hessian / batched", reverse.median / ours.median, note)


def top_eigenvalue():
    """λ_max to a relative error of 1e-3 or better, by each package's own method."""
    network, x, y = _trained()
    loss, theta = curvature.flat_loss(network, cross_entropy, x, y)
    double, at = curvature.flat_loss(copy.deepcopy(network).double(), cross_entropy, x.double(), y)
    exact = curvature.eigenpairs(double, at, 1, "largest")[0][0]

    def ours(seed):
        return curvature.eigenpairs(loss, theta, 1, "largest", tolerance=1e-2, basis=8)[0][0]

    yield from _against(
        "λ_max", ours, exact, {"PyHessian": _pyhessian_top, "curvlinops": _curvlinops_top},
        (network, x, y),
    )  # fmt: skip


def trace():
    """The trace: Hutch++ with 96 products against the peers' own.

    PyHessian averages vᵀHv, whose error falls as one over the root of the number of products; it
    gets as many as bring it near our error, 16 times ours.
    """
    network, x, y = _trained()
    loss, theta = curvature.flat_loss(network, cross_entropy, x, y)
    exact = float(curvature.hessian(loss, theta).trace())

    def ours(seed):
        return curvature.trace(loss, theta, 96, seed=seed).mean

    yield from _against(
        "trace", ours, exact,
        {"PyHessian": _pyhessian_trace, "curvlinops": _curvlinops_trace}, (network, x, y),
    )  # fmt: skip


def _trained():
    """A network on digits after some training, where the spectrum has large outliers."""
    digits = data.load("digits")
    network, x, y = _network(64, 32, 32, 10), digits.x[:1024], digits.y[:1024]
    rule = torch.optim.Adam(network.parameters(), 1e-2)
    for _ in range(40):
        rule.zero_grad()
        cross_entropy(network(x), y).backward()
        rule.step()
    rule.zero_grad(set_to_none=True)
    return network, x, y


def _against(name, ours, exact, peers, problem):
    own, mistake = _timed(ours, exact)
    yield _row(f"{name}: error of ours, relative", None, f"{mistake:.1e} in {own:.4f} s")
    for peer, function in peers.items():
        if _version(PEERS[peer]) is None:
            yield _row(f"{name}: {peer} / ours", None, f"{peer} is not installed")
            continue
        with warnings.catch_warnings(action="ignore"):
            theirs, error = _timed(lambda seed, f=function: f(*problem), exact)
        note = f"{theirs:.4f} s against {own:.4f} s, its error {error:.1e}"
        yield _row(f"{name}: {peer} / ours", theirs / own, note, "≥ 1")


def _timed(function, exact, runs=15):
    """(median seconds, root mean square relative error) over runs that draw at random."""
    seeds, found = iter(range(runs + 1)), []

    def once():
        torch.manual_seed(seed := next(seeds))
        np.random.seed(seed)  # the peers draw from the global state
        found.append(float(function(seed)))

    taken = seconds(once, runs, 1).median
    return taken, float(np.sqrt(np.mean((np.array(found) / exact - 1) ** 2)))


def _pyhessian_top(network, x, y):
    from pyhessian import hessian

    # its tolerance is the change between two iterations; at 1e-5 λ itself is good to 1e-3
    found = hessian(network, cross_entropy, (x, y), cuda=False)
    return found.eigenvalues(maxIter=1000, tol=1e-5)[0][0]


def _pyhessian_trace(network, x, y):
    from pyhessian import hessian

    return np.mean(hessian(network, cross_entropy, (x, y), cuda=False).trace(16 * 96, tol=0))


def _curvlinops_operator(network, x, y):
    from curvlinops import HessianLinearOperator

    parameters = [p for p in network.parameters() if p.requires_grad]
    criterion = nn.CrossEntropyLoss()
    return HessianLinearOperator(
        network, criterion, parameters, [(x, y)], check_deterministic=False
    )


def _curvlinops_top(network, x, y):
    from scipy.sparse.linalg import eigsh

    operator = _curvlinops_operator(network, x, y).to_scipy()
    return eigsh(operator, 1, which="LA", tol=1e-2, return_eigenvectors=False)[0]


def _curvlinops_trace(network, x, y):
    from curvlinops import hutchpp_trace

    return hutchpp_trace(_curvlinops_operator(network, x, y), 96)


def memory():
    """Peak memory of the whole Hessian and of a Lanczos end against n."""
    digits = data.load("digits")
    for width in (4, 13, 40, 90):
        network, x, y = _network(64, width, 10), digits.x[:256], digits.y[:256]
        loss, theta = curvature.flat_loss(network, cross_entropy, x, y)
        curvature.eigenpairs(loss, theta, 1, "smallest")  # what is imported late does not count
        whole = peak_bytes(lambda loss=loss, theta=theta: curvature.hessian(loss, theta))
        end = peak_bytes(lambda loss=loss, theta=theta: curvature.eigenpairs(loss, theta, 1, "smallest"))  # fmt: skip  # noqa: E501
        note = f"{whole / 2**20:.1f} MiB against {end / 2**20:.1f} MiB"
        yield _row(f"memory, Hessian / Lanczos, n = {len(theta)}", whole / max(end, 2**18), note)


def memory_of_data():
    """Peak memory of measures over a loader, of pictures that are drawn as they are asked for."""
    for name in OVER:
        sizes = [_peak_apart(name, n) for n in COUNTS]
        told = ", ".join(f"{size / 2**20:.1f}" for size in sizes)
        counts = ", ".join(f"{n:,}" for n in COUNTS)
        note = f"{told} MiB for {counts} pictures in batches of {BATCH}"
        what = f"memory, {name} over a loader, {COUNTS[-1]:,} pictures / {COUNTS[0]:,}"
        yield _row(what, sizes[-1] / sizes[0], note, "≤ 1.5")


COUNTS, BATCH = (256, 1024, 4096, 16_384), 64
OVER = {
    "gradient": lambda network, loader: curvature.gradient(
        *curvature.flat_loss(network, cross_entropy, loader)
    ),
    "product": lambda network, loader: (
        lambda loss, theta: curvature.hvp(loss, theta, torch.ones_like(theta))
    )(*curvature.flat_loss(network, cross_entropy, loader)),
    "noise scale": lambda network, loader: batches.noise_over(network, cross_entropy, loader),
}


class _Pictures(torch.utils.data.Dataset):
    """Pictures of 8×8, none of which is held."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        generator = torch.Generator().manual_seed(i)
        return torch.rand(1, 8, 8, generator=generator), i % 10


def _peak_apart(name, n):
    """The peak in a process whose allocator gives every large block back at once.

    What it keeps otherwise differs from run to run by more than a batch.
    """
    gives_back = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_ARENA_MAX": "1"}
    what = f"{name} of {n} pictures"
    return int(bench_peers.last_line(what, __name__, name, str(n), **gives_back))


def peak(name, n):
    """Bytes that the measure `name` of OVER takes for n pictures, in this process."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.Tanh(),
        nn.Conv2d(16, 16, 3, padding=1, stride=2), nn.Tanh(), nn.Flatten(), nn.Linear(256, 10),
    )  # fmt: skip

    def work(n):
        OVER[name](network, torch.utils.data.DataLoader(_Pictures(n), batch_size=BATCH))

    work(2)  # what torch loads once
    return peak_bytes(lambda: work(n))


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    print(peak(sys.argv[1], int(sys.argv[2])))
