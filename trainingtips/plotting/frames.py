"""The panels of a figure, with the names, the scales and the ticks of their axes."""

from matplotlib import ticker

from trainingtips.plotting.house import is_narrow


def panels(figure, titles, height=3.4, ratios=None, columns=None, **shared):
    """Axes with these titles, side by side on a wide figure and stacked on a narrow one: a list.

    `titles` may be a number of panels instead, or a dict from each title to what its axes are like:
    `x` and `y` their names, `log` those that are logarithmic ("x", "y" or "xy"), `xticks` and
    `yticks` what `ticks` takes (a list of values, or a pair of values and form), and all that
    matplotlib's `Axes.set` takes. `shared` is such a setting of all panels. `height` is that of one
    row, in inches; `ratios` are relative widths on a wide figure, where a row has so many `columns`
    (all, unless given).

    >>> from matplotlib.figure import Figure
    >>> left, right = panels(Figure(figsize=(7.5, 4)), ["as they come", "standardized"])
    >>> right.get_title("left")
    'standardized'
    >>> (axes,) = panels(Figure(figsize=(7.5, 4)), {"loss": {"x": "update", "log": "y"}})
    >>> axes.get_yscale(), axes.get_xlabel()
    ('log', 'update')
    """
    if isinstance(titles, int):
        titles = [""] * titles
    settings = titles.values() if isinstance(titles, dict) else [{}] * len(titles)
    found = _grid(figure, len(titles), height, ratios, columns or len(titles))
    for axes, title, setting in zip(found, titles, settings, strict=True):
        axes.set_title(title, loc="left")
        _set(axes, **(shared | setting))
    return found


def ticks(axis, values, form="{x:g}"):
    """Ticks at these values alone, with plain numbers, on `axes.xaxis` or `axes.yaxis`.

    `form` is a format of x, such as "{x:.0%}", or a list of labels.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> ticks(axes.yaxis, [0.25, 0.5], "{x:.0%}")
    >>> [each.get_text() for each in axes.get_yticklabels()]
    ['25 %', '50 %']
    """
    if isinstance(form, str):
        labels = [form.format(x=value) for value in values]
        form = [label.replace("%", " %").replace("-", "−") for label in labels]
    axis.set_ticks(values, form)
    axis.set_minor_locator(ticker.NullLocator())


def _set(axes, x="", y="", log="", xticks=None, yticks=None, **settings):
    # the scale first of all: a new one would bring ticks of its own
    axes.set(**{f"{name}scale": "log" for name in log}, xlabel=x, ylabel=y)
    axes.set(**settings)
    for axis, chosen in ((axes.xaxis, xticks), (axes.yaxis, yticks)):
        if chosen is not None:
            pair = isinstance(chosen, tuple) and not isinstance(chosen[0], int | float)
            ticks(axis, *(chosen if pair else [chosen]))


def _grid(figure, count, height, ratios, columns):
    if is_narrow(figure):
        columns, height, ratios = 1, height * 0.92, None
    rows = -(-count // columns)
    figure.set_figheight(height * rows)
    options = {"width_ratios": ratios} if ratios else {}
    found = figure.subplots(rows, columns, squeeze=False, gridspec_kw=options).flat
    for axes in found[count:]:
        axes.remove()
    return list(found[:count])
