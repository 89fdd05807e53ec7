"""A picture in a notebook: what Jupyter is given, and what the site's builder asks for."""

import json
import xml.etree.ElementTree as xml

import pytest

from trainingtips import notebook, plotting
from trainingtips.press.kept import records

SVG = "{http://www.w3.org/2000/svg}"


def draw(figure):
    figure.subplots().plot([1, 2], color=plotting.colour("blue"))


@pytest.fixture
def picture(monkeypatch):
    monkeypatch.delenv("TRAININGTIPS_PUBLISHING", raising=False)
    return notebook.show(draw, alt=" A rising\n line. ")


def test_words_stand_for_the_picture_on_one_line(picture):
    assert repr(picture) == picture.alt == "A rising line."


def test_jupyter_gets_a_wide_light_picture_with_a_background(picture):
    bundle = picture._repr_mimebundle_()
    assert sorted(bundle) == ["image/svg+xml", "text/plain"]
    assert bundle["text/plain"] == "A rising line."
    root = xml.fromstring(bundle["image/svg+xml"])
    assert root.tag == f"{SVG}svg"
    assert float(root.get("width").removesuffix("pt")) == records.WIDE * 72 / 96
    patch = next(root.iter(f"{SVG}path"))
    assert f"fill: {plotting.BACKGROUND['light']}" in patch.get("style")
    assert "#0066aa" in bundle["image/svg+xml"]  # the light page's blue


def test_the_builder_gets_every_variant(picture, monkeypatch):
    monkeypatch.setenv("TRAININGTIPS_PUBLISHING", "1")
    bundle = picture._repr_mimebundle_()
    assert sorted(bundle) == [notebook.MIME, "text/plain"]
    assert bundle["text/plain"] == "A rising line."
    assert json.loads(json.dumps(bundle)) == bundle  # plain values, as Jupyter keeps them
    variants = bundle[notebook.MIME]
    assert variants["alt"] == "A rising line."
    assert sorted(variants["pictures"]) == [
        "dark.svg", "light.svg", "narrow.dark.svg", "narrow.light.svg"
    ]  # fmt: skip
    for name, (svg, width, height) in variants["pictures"].items():
        blue = "#6cb8f0" if "dark" in name else "#0066aa"
        assert blue in svg and xml.fromstring(svg).tag == f"{SVG}svg"
        assert width == (records.NARROW if "narrow" in name else records.WIDE) and height > 0


@pytest.mark.parametrize("alt", ["", " \n", None, 3])
def test_a_picture_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="in words"):
        notebook.show(draw, alt=alt)


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="function of a figure; received list"):
        notebook.show([1, 2], alt="A line.")
