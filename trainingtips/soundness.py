"""Two cheap checks that a loss's derivatives mean something: it is steady, and H is symmetric.

A loss with dropout in train mode has another value at each call, and some operators' second
derivatives are wrong in torch itself. Both give numbers that look like any other.
"""

import itertools
import math
import warnings
from contextlib import suppress
from weakref import WeakSet

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from trainingtips import chance
from trainingtips.lanczos import dots

# share of a·Hb by which b·Ha may differ: far above rounding, far below an operator's fault
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-8}
ROUNDING = 100  # and at least so many times the change that moving θ by a few last digits makes

_sound = WeakSet()  # losses that single products were checked for
_sloped = WeakSet()  # losses whose gradients were compared with slopes
_bent = WeakSet()  # losses whose Hessians were
_cut = WeakSet()  # losses that were asked whether they move where their gradient is zero
_steady = WeakSet()  # losses that were seen to be the same at two calls


def steadily(loss, theta):
    """loss(θ); raises ValueError where it draws random numbers that change its value.

    A loss that draws none is called once.
    """
    before = _random_state(theta.device)
    value = loss(theta)
    if not torch.equal(before, _random_state(theta.device)):
        check_steady(loss, theta, value)
    return value


def check_steady(loss, theta, value):
    """Raise ValueError where loss(θ) is not `value` again."""
    with torch.enable_grad():
        again = loss(theta.detach())
    first, second = (float(each.detach()) for each in (value, again))
    if not apart(first, second):
        _is_new(loss, _steady)
        return
    raise unsteady(loss, theta, first, second)


def unsteady(loss, theta, first, second):
    """The error for a loss that is `first` and then `second`, with the submodules that draw."""
    drawing = getattr(loss, "drawing", lambda theta: [])(theta.detach())
    more = f" and {len(drawing) - 3} more" if len(drawing) > 3 else ""
    where = f": random numbers are in {', '.join(drawing[:3])}{more}" if drawing else ""
    return ValueError(
        f"the loss is {first:.6g} and then {second:.6g} at the same theta{where}. Its "
        f"derivatives mean nothing; call module.eval() first, or seed within the loss"
    )


def apart(first, second):
    """Whether two values of a loss differ by more than rounding."""
    return abs(first - second) > 1e-4 * max(abs(first), abs(second))


def check_repeats(loss, theta, value=None):
    """`check_steady` where this loss has not been seen yet, over a few of its examples."""
    if not _is_new(loss, _steady):
        return
    with suppress(TypeError):
        _steady.discard(loss)  # until it is seen to be
    values = []
    with suppress(AttributeError, RuntimeError, TypeError, ValueError, IndexError):
        few = loss.few()
        with torch.enable_grad():
            values += [float(few(theta.detach()).detach()) for _ in range(2)]
    if not values:
        with torch.enable_grad():
            value = loss(theta.detach()) if value is None else value
        check_steady(loss, theta, value)
    elif apart(*values):
        raise unsteady(loss, theta, *values)
    else:
        _is_new(loss, _steady)


def _is_new(loss, seen):
    """Whether the loss is not among `seen`, where it is from now on."""
    try:
        if loss in seen:
            return False
        seen.add(loss)
    except TypeError:  # without a hash, or not to be referred to weakly
        pass
    return True


def warn_of_slope(loss, theta, second=True):
    """Warn where the gradient is not the slope of the loss, so that H is of another function.

    So it is behind `detach`, `no_grad`, a straight-through estimator, or any backward pass that is
    not its forward pass's. Once for each loss, over a few of its examples: along random
    directions, in float64, and the nearest of several steps: kinks, of ReLU, and weights of many
    sizes falsify the long ones, few digits the short. More than a hundredth of what the gradient
    has along a direction on average is too far, and all directions have to agree on it. Where the
    gradient is the slope, also where it is zero (`warn_of_cut`), it is asked whether H is that of
    the gradient (`_is_bent`), unless second derivatives are not asked for.
    """
    new = [_is_new(loss, seen) for seen in ((_sloped, _bent) if second else (_sloped,))]
    if not any(new) or warn_of_cut(loss, theta):
        return
    for function in _narrowed(loss):
        try:
            point = theta.detach().double()
            along, slope, other = _slopes(function, point)
            forgotten = second and not other and _is_bent(function, point)
        except (RuntimeError, TypeError, ValueError, IndexError):
            continue  # a module for whole batches alone; a loss of float32 alone
        break
    else:
        return
    if other:
        warnings.warn(
            f"the gradient is not the slope of the loss (along a random direction {along:.4g}, and "
            f"{slope:.4g} by its values): something stops or replaces it, such as detach, no_grad "
            f"or a straight-through estimator; the Hessian is that of the backward pass",
            stacklevel=3,
        )
    elif forgotten:
        warnings.warn(
            f"the Hessian is not the gradient's slope{_written(loss, theta)}: a backward pass of "
            f"one's own, as of an autograd.Function, does not know what it depends on; write it "
            f"with torch's operators on what ctx.save_for_backward kept, without detach",
            stacklevel=3,
        )


def warn_of_cut(loss, theta):
    """Warn, and be True, where the loss moves along what its gradient is exactly zero in.

    So it is where all of θ, or a layer in it, reaches the loss past autograd alone: by detach,
    no_grad, `.item()`, numpy, or a copy that was made earlier. A unit that is dead, or a constant,
    does not move the loss, and what an embedding pads with has no slope on purpose. Once for each
    loss, over a few of its examples, in float64 where it can be computed so.
    """
    if not _is_new(loss, _cut):
        return False
    kinds = dict.fromkeys((torch.float64, theta.dtype))
    for function, kind in itertools.product(_narrowed(loss), kinds):
        try:
            told = _cut_off(function, theta.detach().to(kind))
        except (RuntimeError, TypeError, ValueError, IndexError):
            continue  # as of a loss that knows θ's own type alone
        if told:
            warnings.warn(
                f"the gradient is not the slope of the loss: it is exactly zero {told}, by "
                f"detach, no_grad, .item(), numpy or a copy of theta that was made earlier; so "
                f"are all derivatives there",
                stacklevel=3,
            )
        return bool(told)
    return False


def _cut_off(loss, theta):
    """How the loss moves where its gradient is exactly zero, in words; "" where it does not."""
    with torch.enable_grad(), _Unpadded():
        point = theta.clone().requires_grad_()
        value = loss(point)
        known = value.requires_grad
        g = torch.autograd.grad(value, point, allow_unused=True)[0] if known else None
    value = value.detach()
    if g is None:
        ways = [theta, *(theta + h * _size(theta) * _directions(theta)[0] for h in (0.01, 1))]
        again, *others = (abs(float(loss(way).detach()) - float(value)) for way in ways)
        moves = any(10 * again < other < math.inf for other in others)
        return "though the loss moves with theta, which reaches it past autograd" * moves
    zero = g == 0
    if not zero.any():
        return ""
    slopes = [_slope_within(loss, theta, value, zero, u) for u in _directions(theta)]
    if not all(slopes):
        return ""
    along = f"{int(zero.sum())} of its {len(zero)} entries"
    return f"in {along}, along which the loss has a slope of {slopes[0]:.4g}: something stops it"


class _Unpadded(TorchFunctionMode):
    """Within it an embedding's padding has its slope, which `padding_idx` stops on purpose."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function is torch.nn.functional.embedding:
            args = (*args[:2], None, *args[3:]) if len(args) > 2 else args
            kwargs = {name: each for name, each in kwargs.items() if name != "padding_idx"}
        return function(*args, **kwargs)


def _slope_within(loss, theta, value, zero, u):
    """The loss's slope along u in the coordinates that `zero`, (n,), names; 0 where it has none.

    It has one where three steps agree on it, from either side: a kink, or a point where the slope
    vanishes and the curvature does not, has none.
    """
    u = torch.where(zero, u, 0)
    u, size = u / u.norm(), _size(theta)
    least = 100 * torch.finfo(value.dtype).eps * abs(float(value))
    found = []
    fine = value.dtype == torch.float64  # else its digits are lost in short steps
    for h in (step * size for step in ((1e-4, 1e-3, 1e-5) if fine else (1e-2, 3e-2, 3e-3))):
        up, down = (float(s * (loss(theta + s * h * u).detach() - value)) / h for s in (1, -1))
        slope = (up + down) / 2
        if not math.isfinite(slope) or abs(slope) <= least / h or abs(up - down) > 0.1 * abs(slope):
            return 0.0  # in most cases the first tells
        found.append(slope)
    return found[0] if max(found) - min(found) <= 0.1 * abs(found[0]) else 0.0


def _size(theta):
    """The root mean square of the weights, or 1 where all are zero."""
    return float(theta.square().mean().sqrt()) or 1.0


def _narrowed(loss):
    """The loss over a few of its examples, where it knows them, and over all."""
    with suppress(AttributeError, RuntimeError, TypeError, ValueError, IndexError):
        yield loss.few()
    yield loss


def _slopes(loss, theta):
    """(g·u, the loss's slope along u, whether they are another number) for random directions u.

    The two of the last direction looked at: the first in which they agree ends it.
    """
    with torch.enable_grad():
        point = theta.clone().requires_grad_()
        value = loss(point)
        gradient = torch.zeros_like(theta)
        if value.requires_grad:
            (gradient,) = torch.autograd.grad(value, point, materialize_grads=True)
    size = _size(theta)
    steps = [h * size for h in (1e-4, 1e-3, 1e-5, 1e-6)]
    usual = float(gradient.norm()) / len(theta) ** 0.5
    least = 100 * torch.finfo(torch.float64).eps * abs(float(value.detach()))  # of a value's digits
    for u in _directions(theta):
        u = u / u.norm()
        along = float(gradient @ u)
        if not math.isfinite(along):
            raise ValueError("no slope: examples without a label, or a loss that overflows")
        found, off = {}, {}
        for h in steps:  # in most cases the first tells
            rise = loss(theta + h * u).detach() - loss(theta - h * u).detach()
            found[h] = slope = float(rise) / 2 / h
            off[h] = abs(slope - along)
            if not math.isfinite(slope):
                raise ValueError("no slope: a loss that overflows")
            if off[h] <= 1e-2 * max(abs(along), abs(slope), usual) + least / h:
                return along, slope, False
        nearest = min(off, key=off.get)
        slope, (second, first) = found[nearest], list(found.values())[:2]
        if abs(second - first) > 0.1 * off[nearest]:
            return along, slope, False  # few digits
    return along, slope, True


def _is_bent(loss, theta):
    """Whether Hu is not the gradient's slope along u, for each of two random directions u.

    It is told only where the gradient has a slope along u: where that of either side is the same
    at three steps, so that neither a kink at θ nor what is rounding is taken for a fault. Where
    H is not symmetric, `check_symmetric` says so.
    """
    size = _size(theta)
    u, v = (each / each.norm() for each in _directions(theta))
    g, hu = _gradient_along(loss, theta, u)
    if not _is_bent_along(loss, theta, u, g, hu, size):
        return False
    hv = _gradient_along(loss, theta, v)[1]
    symmetric = _compared(u, hu, v, hv)[2] <= TOLERANCE[torch.float32]
    return symmetric and _is_bent_along(loss, theta, v, g, hv, size)


def _is_bent_along(loss, theta, u, g, hu, size):
    near, found = 1e-2 * float(hu.norm()), []
    for h in (size * step for step in (1e-4, 1e-3, 1e-5)):
        up = (_gradient_along(loss, theta + h * u) - g) / h
        if not float((up - hu).norm()) > near:
            return False  # also where it is nan; in most cases the first tells
        down = (g - _gradient_along(loss, theta - h * u)) / h
        middle = (up + down) / 2
        off = float((middle - hu).norm())
        unlike = [up - down, *(middle - each for each in found)]
        if not off > max(near, 1e-2 * float(middle.norm())) or not middle.any():
            return False
        if any(float(each.norm()) > 0.1 * off for each in unlike):
            return False
        found.append(middle)
    return True


def _gradient_along(loss, theta, u=None):
    """The gradient, (n,), or it and Hu, each (n,)."""
    with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH):
        point = theta.clone().requires_grad_()
        value, zero = loss(point), torch.zeros_like(theta)
        if not value.requires_grad:
            return zero if u is None else (zero, zero)
        options = {"create_graph": u is not None, "materialize_grads": True}
        (g,) = torch.autograd.grad(value, point, **options)
        if u is None:
            return g
        if not g.requires_grad:
            return g, zero
        return g.detach(), torch.autograd.grad(g, point, u, materialize_grads=True)[0]


def check_symmetric(loss, theta, product, a, ha, b, hb):
    """Raise ValueError where a·Hb is not b·Ha, up to rounding; all of shape (n,)."""
    if not (torch.isfinite(ha).all() and torch.isfinite(hb).all()):
        raise ValueError(
            "the Hessian is not finite at theta: a second derivative there is nan or inf, as that "
            "of sqrt, or of a norm, at 0; move theta, or write the loss without it"
        )
    left, right, apart = _compared(a, ha, b, hb)
    if apart <= TOLERANCE[theta.dtype] or _is_rounding(loss, theta, product, a, b, hb):
        return
    raise ValueError(
        f"the Hessian is not symmetric (a·Hb = {left:.6g}, b·Ha = {right:.6g}): an operator's "
        f"second derivative is wrong{_suspects(loss)}, or known to fewer digits than θ has, as of "
        f"a part in float32; write that operator with torch's plain ones"
    )


def _compared(a, ha, b, hb):
    """(a·Hb, b·Ha, how far they are apart, relative to what they are sums of)."""
    n, pairs = len(a), ((a, hb), (b, ha), (a, a), (hb, hb), (b, b), (ha, ha))
    left, right, *squares = (float(dots(u[None], v)) for u, v in pairs)
    aa, hbhb, bb, haha = (each**0.5 for each in squares)
    size = (aa * hbhb + bb * haha) / n**0.5 + max(abs(left), abs(right))
    return left, right, abs(left - right) / size if size else 0.0


def _is_rounding(loss, theta, product, a, b, hb):
    """Whether H is so small beside what it is computed from that its digits are rounding."""
    if theta.dtype == torch.float32:
        try:
            times = product(loss, theta.double())
            ha, hb = times(a.double()), times(b.double())
            return _compared(a, ha, b, hb)[2] <= TOLERANCE[torch.float32]
        except (RuntimeError, TypeError, ValueError):  # a loss of float32 alone
            pass
    moved = product(loss, _rounded(theta))(b.to(theta.dtype))
    right = float(b.double() @ product(loss, theta)(a.to(theta.dtype)).double())
    left, again = (float(a.double() @ each.double()) for each in (hb, moved))
    return abs(left - right) <= ROUNDING * abs(again - left)


def check_rows(loss, theta, product, v, hv):
    """`check_symmetric` of the first two rows of v and Hv, (k, n); nothing for a single row."""
    if len(v) > 1:
        check_symmetric(loss, theta, product, v[0], hv[0], v[1], hv[1])


def check_matrix(loss, theta, matrix, product):
    """`check_symmetric` of the whole Hessian, (n, n), along two random directions."""
    check_repeats(loss, theta)
    warn_of_slope(loss, theta)
    a, b = _directions(theta)
    check_symmetric(loss, theta, product, a, a @ matrix, b, b @ matrix)


def check_once(loss, theta, product, times, v, hv):
    """The same for single products v and Hv, which cost one more: at a loss's first one alone."""
    if not hv.any():
        check_repeats(loss, theta)
        warn_of_slope(loss, theta)
        return
    if v.ndim == 2 and len(v) > 1:
        check_repeats(loss, theta)
        warn_of_slope(loss, theta)
        check_rows(loss, theta, product, v, hv)
        return
    try:
        if loss in _sound:
            return
    except TypeError:  # a callable without a hash
        pass
    check_steady(loss, theta, loss(theta.detach()))
    warn_of_slope(loss, theta)
    b = _directions(theta)[0]
    check_symmetric(loss, theta, product, v.reshape(-1), hv.reshape(-1), b, times(b))
    try:
        _sound.add(loss)
    except TypeError:  # nor can it be referred to weakly
        return


def _directions(theta):
    """Two random directions, (n,), the same every time."""
    generator = chance.generator(0)
    found = torch.randn(2, len(theta), generator=generator, dtype=torch.float64, device="cpu")
    return found.to(theta.dtype).to(theta.device)


def _rounded(theta):
    """θ moved by a few of its last digits."""
    step = theta.abs() + (theta.square().mean().sqrt() or 1.0)
    return theta + 4 * torch.finfo(theta.dtype).eps * step * _directions(theta)[1].sign()


def _suspects(loss):
    suspects = getattr(loss, "suspects", list)()
    return f", perhaps that of {', '.join(suspects)}" if suspects else ""


def _written(loss, theta):
    """Where autograd functions of somebody's own are."""
    found = getattr(loss, "written", lambda theta: [])(theta.detach())
    return f", perhaps behind {', '.join(found)}" if found else ""


def _random_state(device):
    if device.type == "cuda":
        return torch.cat([torch.get_rng_state(), torch.cuda.get_rng_state(device)])
    return torch.get_rng_state()
