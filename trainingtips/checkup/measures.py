"""What is measured of data, outputs and gradients: numbers, and no judgement."""

import itertools
import math

import torch

from trainingtips import chance, lanczos
from trainingtips.checkup import tasks

ROWS = 1000  # examples that neighbours are sought among
NEIGHBOURS = 5


# ---- inputs and targets


def channel_axes(x):
    """The axes of x, of shape (N, …), that one feature extends over: all but that of the channels.

    Of (N, a, b) the shorter one has the channels, of equal ones the last.
    """
    if x.dim() <= 2:
        return (0,)
    if x.dim() == 3:
        return (0, 1) if x.shape[2] <= x.shape[1] else (0, 2)
    return (0, *range(2, x.dim()))


def scale(x, codes=False):
    """(centre, scale) of each feature, to subtract and divide by; codes are left alone."""
    values = x.float()
    finite = torch.where(torch.isfinite(values), values, 0.0)
    axes = channel_axes(x)
    centre, spread = finite.mean(axes, keepdim=True), finite.std(axes, keepdim=True)
    if codes:
        whole = (finite == finite.round()).amin(axes, keepdim=True)
        if whole.shape == centre.shape:
            centre = torch.where(whole, 0.0, centre)
            spread = torch.where(whole, 1.0, spread)
    return centre, torch.where(spread > 1e-8, spread, 1.0)


def extent(x):
    """(offset, spread, unlike): how large the features are, how far from zero, how unequal.

    offset and spread are root mean squares over features; unlike is the largest standard deviation
    over the median one, of features that are not constant.
    """
    values = torch.nan_to_num(x.float(), 0.0, 0.0, 0.0)
    axes = channel_axes(x)
    centre, spread = values.mean(axes).flatten(), values.std(axes).flatten()
    alive = spread > 1e-8
    if not bool(alive.any()):
        return float(centre.abs().max()), 0.0, 1.0
    spread, centre = spread[alive], centre[alive]
    unlike = float(spread.max() / spread.median())
    return float((centre**2).mean().sqrt()), float((spread**2).mean().sqrt()), unlike


def outside(values):
    """Rows of (N, …) with a number not finite, or far outside: (not finite, far), each (N,).

    Far is 20 times as far from the median as nine tenths of the numbers of that feature: 33
    standard deviations of a normal one.
    """
    rows = values.reshape(len(values), -1).float()
    bad = ~torch.isfinite(rows)
    clean = torch.where(bad, 0.0, rows)
    if rows.shape[1] > 256:  # a picture or a sequence: its places are one feature
        sample = clean.flatten()[:: max(1, clean.numel() // 100_000)]
        away = (clean - sample.median()).abs()
        most = (sample - sample.median()).abs().quantile(0.9)
    else:
        some = clean[:: max(1, len(clean) // 4000)]
        centre = some.median(0, keepdim=True).values
        away = (clean - centre).abs()
        most = (some - centre).abs().quantile(0.9, dim=0, keepdim=True)
    far = (away > 20 * most) & (most > 0)
    return bad.any(1), far.any(1)


def stand_ins(x):
    """(value, centre, spread, share) of numbers that stand for what is missing, None without any.

    Such as -9999: the least or the largest of its feature, met again and again (by a two-hundredth
    of the feature's numbers, by three fifths at most), and 20 times as far from the median of the
    others as nine tenths of them. Each is of a shape that goes with x, (N, …); value is nan where a
    feature has none. centre and spread are the others' mean and standard deviation.
    """
    axes = channel_axes(x)
    kept = [axis for axis in range(x.dim()) if axis not in axes]
    rows = x.float().permute(*kept, *axes).reshape(math.prod(x.shape[a] for a in kept), -1)
    rows = rows[:, :: max(1, rows.numel() // 1_000_000)]
    rows = torch.where(torch.isfinite(rows), rows, math.nan)
    value = torch.full_like(rows[:, :1], math.nan)
    for end in (rows.nan_to_num(math.inf).amin(1, True), rows.nan_to_num(-math.inf).amax(1, True)):
        others = torch.where(rows == end, math.nan, rows)
        middle = others.nanmedian(1, keepdim=True).values
        most = (others - middle).abs().nanquantile(0.9, 1, keepdim=True)
        share = (rows == end).float().mean(1, keepdim=True)
        far = ((end - middle).abs() > 20 * most) & (most > 0)
        value = torch.where(far & (share >= 0.005) & (share <= 0.6), end, value)
    if not bool(torch.isfinite(value).any()):
        return None
    others = torch.where(rows == value, math.nan, rows)
    centre = others.nanmean(1, keepdim=True)
    spread = (others - centre).square().nanmean(1, keepdim=True).sqrt()
    shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    share = (rows == value).float().mean(1, keepdim=True)
    return tuple(each.reshape(shape) for each in (value, centre, spread, share))


def order(sizes, classes):
    """How unequal batches are: the variance of their means over that of a random deal (1).

    `classes` is (N, k): one-hot rows, or numbers; `sizes` those of the batches, in order.
    """
    values = classes.double()
    total = values.var(0)
    alive = total > 0
    if not bool(alive.any()) or len(sizes) < 4:
        return math.nan
    parts = list(values.split(sizes))
    means = torch.stack([p.mean(0) for p in parts])
    size = sum(sizes) / len(sizes)
    return float((means.var(0) * size)[alive].sum() / total[alive].sum())


def neighbours(x, y, classes):
    """How well an example's neighbours tell its label, 0 for chance and 1 for always.

    For classes the share of neighbours with the same one, above chance; for numbers the share of
    the variance that their mean explains. x is (N, d), its features scaled here.
    """
    chosen = places(len(x), ROWS, x.device)
    x, y = x[chosen].float(), y[chosen]
    near = nearest(x)
    return agreement(y, near, classes)


def places(count, most, device):
    """At most so many places among `count`, evenly spread."""
    return torch.linspace(0, count - 1, min(most, count), device=device).long()


def nearest(x):
    x = torch.nan_to_num(x)
    x = (x - x.mean(0)) / x.std(0).clamp_min(1e-6)
    distance = torch.cdist(x, x)
    distance.fill_diagonal_(math.inf)
    return distance.topk(min(NEIGHBOURS, len(x) - 1), largest=False).indices


def agreement(y, near, classes):
    if classes:
        same = float((y[near] == y[:, None]).float().mean())
        shares = torch.unique(y, return_counts=True)[1].float() / len(y)
        chance = float((shares**2).sum())
        return (same - chance) / (1 - chance) if chance < 1 else 0.0
    y = y.reshape(len(y), -1).float()
    left = ((y - y[near].mean(1)) ** 2).mean() / y.var(0).mean().clamp_min(1e-12)
    # k neighbours of no use leave (1 + 1/k) of the variance
    return float(1 - left / (1 + 1 / near.shape[1]))


def chance_of_agreement(y):
    """How far from zero the agreement of N labels that are drawn anew lies, at most: 3 deviations.

    Of N · 5 pairs of neighbours about each is counted twice.
    """
    shares = torch.unique(y, return_counts=True)[1].double() / len(y)
    same = float((shares**2).sum())
    pairs = NEIGHBOURS * min(ROWS, len(y)) / 2
    return 3 * math.sqrt(same / (pairs * max(1e-9, 1 - same)))


def best_shift(x, y, classes, most=3):
    """(shift, agreement) of the pairing of x with y moved by so many places that agrees best."""
    near = nearest(x[:ROWS].float())
    found = {s: agreement(y.roll(s, 0)[:ROWS], near, classes) for s in range(-most, most + 1)}
    shift = max(found, key=found.get)
    return shift, found[shift], found[0]


def _neighbours(x):
    """(rows, the ten nearest others of each) of standardised examples, 512 rows at a time."""
    x = torch.nan_to_num(x.float())
    x = (x - x.mean(0)) / x.std(0).clamp_min(1e-6)
    for rows in torch.arange(len(x), device=x.device).split(512):
        distance = torch.cdist(x[rows], x)
        distance[torch.arange(len(rows), device=x.device), rows] = math.inf
        yield rows, distance.topk(min(10, len(x) - 1), largest=False).indices


def contradicted(x, y, classes):
    """(N,) where an example's label is that of none of its neighbours; (rows, share)."""
    out = []
    for rows, near in _neighbours(x):
        votes = torch.stack([(y[near] == c).float().mean(1) for c in range(classes)], 1)
        own = votes[torch.arange(len(rows), device=x.device), y[rows]]
        out.append((own <= 0.2) & (votes.max(1).values >= 0.4))
    return torch.cat(out)


def contradicted_numbers(x, y):
    """(N,) where an example's numbers are far from the middle ones of its neighbours'.

    Far is four times the distance that half of the examples keep: 2.7 normal deviations of one
    number. Of several it is the distance of the row, each column in units of its spread: by chance
    one of many columns is far out in nearly every row.
    """
    y = y.reshape(len(y), -1).float()
    spread = y.std(0)
    y = y / torch.where(spread > 0, spread, 1.0)
    left = [(y[rows] - y[near].median(1).values).norm(dim=1) for rows, near in _neighbours(x)]
    left = torch.cat(left)
    return left > 4 * left.median()


def shifted(x, test):
    """How differently two sets are prepared: (offset, ratio) of their features.

    offset is the median distance of the features' means in standard deviations of the first set,
    ratio that of the standard deviations, above 1 whichever is larger.
    """
    a, b = x.float(), test.float()
    axes = channel_axes(a)
    ma, sa = a.mean(axes).flatten(), a.std(axes).flatten()
    mb, sb = b.mean(axes).flatten(), b.std(axes).flatten()
    alive = (sa > 1e-8) & (sb > 1e-8)
    if not bool(alive.any()):
        return 0.0, 1.0
    offset = ((ma - mb).abs() / sa)[alive].median()
    ratio = (sb / sa)[alive].log().abs().median().exp()
    return float(offset), float(ratio)


def tokens_apart(x, test):
    """How differently often two sets have each whole number, 0 to 1, and what chance would give.

    Half the sum of the differences of their shares; by chance, between the two halves of x.
    """

    def apart(one, other):
        size = int(max(one.max(), other.max())) + 1
        shares = [torch.bincount(v.flatten().clamp(min=0), minlength=size) for v in (one, other)]
        shares = [v / v.sum() for v in shares]
        return float((shares[0] - shares[1]).abs().sum() / 2)

    half = len(x) // 2
    return apart(x, test), apart(x[:half], x[half:])


def apart_in_examples(x, test):
    """Whether examples of two sets are prepared each by itself in one, and in the other not.

    Each example has a mean and a spread of its own, over time or place where it has these. How much
    they vary from example to example is compared: 1 is alike. Where the examples of one set were
    centred or scaled one by one, theirs do not vary. Widths are between deciles, which a few
    strange examples do not move; (N, fewer than 8 features) tell nothing, and give 1.
    """
    one, other = (_widths(values.float()) for values in (x, test))
    if one is None:
        return 1.0
    spread = float(x.float().std())
    floor = max(0.01 * spread, 1e-12)
    ratios = [max(a, b, floor) / max(min(a, b), floor) for a, b in zip(one, other, strict=True)]
    return max(ratios)


def _widths(values):
    """How much the examples' own means vary, and their own spreads: root mean squares."""
    within = [axis for axis in channel_axes(values) if axis] or list(range(1, values.dim()))
    if not within or math.prod(values.shape[axis] for axis in within) < 8:
        return None
    found = []
    for own in (values.mean(within), values.std(within)):
        rows = own.reshape(len(values), -1)
        wide = rows.quantile(0.9, 0) - rows.quantile(0.1, 0)
        found.append(float(wide.square().mean().sqrt()))
    return found


# ---- what a plain rule reaches


def reference(x, y, test, kind):
    """Skill on `test` (x, y) of the better of two plain rules: five neighbours, a linear one."""
    train = x[:2000].reshape(min(len(x), 2000), -1).float()
    tx = test[0].reshape(len(test[0]), -1).float()[:1000]
    ty = test[1][:1000]
    if train.shape[1] > 2000 or train.shape[1] != tx.shape[1]:
        return math.nan
    centre, spread = train.mean(0), train.std(0).clamp_min(1e-6)
    train, tx = (train - centre) / spread, (tx - centre) / spread
    y = y[:2000]
    near = torch.cdist(tx, train).topk(5, largest=False).indices
    if kind == "classes":
        if y.dim() > 1:
            return math.nan
        found = y[near].mode(1).values
        rows = torch.nn.functional.one_hot(y - y.min()).float()
        linear = solve(train, rows, tx).argmax(1) + y.min()
        return max(tasks.recall(found, ty), tasks.recall(linear, ty))
    y2, t2 = y.reshape(len(y), -1).float(), ty.reshape(len(ty), -1).float()
    found, linear = y2[near].mean(1), solve(train, y2, tx)
    if kind == "one hot":
        return max(tasks.recall(f.argmax(1), t2.argmax(1)) for f in (found, linear))
    if kind == "marks":
        flat = t2.long().flatten()
        return max(tasks.recall((f > 0.5).long().flatten(), flat) for f in (found, linear))
    return max(tasks.explained(f, t2) for f in (found, linear))


def solve(x, y, test):
    """Ridge regression with an intercept, the penalty a hundredth of the examples."""
    centre = y.mean(0)
    penalty = 0.01 * len(x) * torch.eye(x.shape[1], dtype=x.dtype, device=x.device)
    weights = torch.linalg.solve(x.T @ x + penalty, x.T @ (y - centre))
    return test @ weights + centre


# ---- curvature and noise


def curvatures(loss, optimizer, products=30):
    """(least, largest) curvature of `loss()`, in units of the one at which its steps swing.

    Gradient descent of rate η swings from λ = 2/η on, with momentum β from 2(1 + β)/η. Of adaptive
    rates the curvature is that of the coordinates in which their step is plain descent. By Lanczos,
    of the package, with so many products of the Hessian at most; nan where there is no second
    derivative, or one that is not finite.
    """
    groups = [(g, p) for g in optimizer.param_groups for p in g["params"] if p.requires_grad]
    if not groups:
        return math.nan, math.nan
    parameters = [p for _, p in groups]
    gradients = torch.autograd.grad(loss(), parameters, create_graph=True, allow_unused=True)
    used = [i for i, g in enumerate(gradients) if g is not None and g.requires_grad]
    if not used:
        return math.nan, math.nan
    # η(1 - β)/(2(1 + β))·D for a mean of gradients, as in Adam; D is one over the root of squares
    scales = [_bearing(g, optimizer.state.get(p, {})).sqrt() for g, p in (groups[i] for i in used)]
    parameters, gradients = [parameters[i] for i in used], [gradients[i] for i in used]
    sizes = [p.numel() for p in parameters]

    def times(v):
        parts = [part.view_as(p) for part, p in zip(v.split(sizes), parameters, strict=True)]
        along = [(s * part).to(p) for s, part, p in zip(scales, parts, parameters, strict=True)]
        found = torch.autograd.grad(
            gradients, parameters, along, retain_graph=True, allow_unused=True
        )
        found = [torch.zeros_like(p) if h is None else h
                 for h, p in zip(found, parameters, strict=True)]  # fmt: skip
        return torch.cat([(s * h).float().reshape(-1) for s, h in zip(scales, found, strict=True)])

    like = torch.empty(sum(sizes), device=parameters[0].device)
    if len(like) == 1:
        only = float(times(torch.ones_like(like)))
        return only, only
    basis = min(products, len(like))
    try:
        found = lanczos.ends(times, 1, 1, like, rng=chance.rng(0), basis=basis,
                             tolerance=1e-3, budget=basis // 2, early=True)  # fmt: skip
    except ValueError:
        return math.nan, math.nan
    return float(found.values[0]), float(found.values[-1])


def _bearing(group, state):
    """One over the curvature at which a step swings, for each weight of a parameter."""
    rate = float(group["lr"])
    if "betas" in group:
        beta = float(group["betas"][0])
        rate *= (1 - beta) / (1 + beta)
    else:
        rate /= 1 + float(group.get("momentum", 0))
    squares = state.get("exp_avg_sq", state.get("square_avg"))
    some = group["params"][0] if squares is None else squares
    if squares is None:
        return torch.full((), rate / 2, dtype=some.dtype, device=some.device)
    count = float(state.get("step", 0))
    kept = float(group["betas"][1]) ** count if "betas" in group else 0.0
    return rate / 2 / ((squares / (1 - kept)).sqrt() + group.get("eps", 0.0))


def noise(gradients):
    """Of (K, d) gradients of batches: the variance within over the square of their mean.

    The square of the mean is that of the expected gradient, without what the noise adds to it.
    """
    within = float(gradients.var(0).sum())
    mean = float((gradients.mean(0) ** 2).sum()) - within / len(gradients)
    return within / mean if mean > 0 else math.inf


# ---- the start and the layers


def starts(model):
    """{name: (spread over 1/√fan-in, alike)} of each weight matrix; alike: share of equal rows."""
    found = {}
    for name, p in model.named_parameters():
        if p.dim() < 2 or not p.is_floating_point() or _is_other(model, name):
            continue
        rows = p.detach().reshape(p.shape[0], -1).float()
        fan = rows.shape[1]
        spread = float(rows.pow(2).mean().sqrt()) * math.sqrt(fan)
        alike = 0.0
        if len(rows) > 1:
            some = rows[:512]
            alike = 1 - len(torch.unique(some, dim=0)) / len(some)
        found[name] = (spread, alike)
    return found


def _is_other(model, name):
    """Whether 1/√(inputs) is no scale for it: embeddings, and recurrent layers' way in."""
    owner = model.get_submodule(name.rpartition(".")[0])
    if isinstance(owner, (torch.nn.RNNBase, torch.nn.RNNCellBase)):
        return "_ih" in name
    return isinstance(owner, (torch.nn.Embedding, torch.nn.EmbeddingBag))


def ends(steps, which="gradients"):
    """The first weight matrix' relative gradient over the last's, the median over steps."""
    found = []
    for step in steps:
        values = [
            (step.gradients[n], w)
            for n, (_, w) in step.ratios.items()
            if n in step.gradients and w > 0
        ]
        relative = [g / w for g, w in values]
        if not all(math.isfinite(r) for r in relative):
            break
        if len(relative) > 1 and relative[-1] > 0:
            found.append(relative[0] / relative[-1])
    return median(found)


def course(losses):
    """(level at the end, swing, leaps, late) of a list of losses, a dozen or more.

    The swing is the median distance from one to the next, over the level; a leap is one above three
    times the median of the ten before; late is by which share the last quarter lies above the one
    before it.
    """
    tenth, quarter = max(3, len(losses) // 10), len(losses) // 4
    level = median(losses[-tenth:])
    size = max(abs(level), 1e-12)
    swing = median([abs(b - a) for a, b in itertools.pairwise(losses)]) / size
    before = (median(losses[i - 10 : i]) for i in range(10, len(losses)))
    leaps = sum(v > 3 * m > 0 for v, m in zip(losses[10:], before, strict=True))
    third = median(losses[-2 * quarter : -quarter])
    late = median(losses[-quarter:]) / third - 1 if third else 0.0
    return level, swing, leaps, late


def by_layer(steps, which, names):
    """{name: median of its gradient, or of the way that it "moved", over its weights' norm}."""
    found = {}
    for name in names:
        values = [
            (way if which == "moved" else step.gradients.get(name, math.nan)) / weight
            for step in steps
            for way, weight in [step.ratios.get(name, (math.nan, 0.0))]
            if weight > 0
        ]
        if math.isfinite(value := median(values)):
            found[name] = value
    return found


def clipping(steps):
    """(share of steps that are clipped, factor): the norm at the step over that of backward."""
    factors = []
    for step in steps:
        raw = norm(step.raw.values())
        now = norm(step.gradients.get(n, 0.0) for n in step.raw)
        if raw > 0 and math.isfinite(raw) and math.isfinite(now):
            factors.append(now / raw)
    cut = [f for f in factors if f < 0.98]
    if not factors:
        return 0.0, 1.0
    return len(cut) / len(factors), median(cut) if cut else 1.0


def norm(values):
    return math.sqrt(sum(v * v for v in values))


def median(values):
    values = sorted(v for v in values if math.isfinite(v))
    return values[len(values) // 2] if values else math.nan
