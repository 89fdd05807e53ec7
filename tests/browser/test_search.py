"""The search, as the theme's worker answers it: forty questions, and where each is to lead."""

import pytest

pytestmark = pytest.mark.browser
FAILS = "when_training_fails.html"
SHOWN, NAN = "failures.html", "the-loss-is-nan-leaps-or-falls-without-end"  # the gallery
# the words typed, and the sections of which the first hit is one
QUERIES = {
    "2.303": f"{FAILS}#stuck-from-the-start",
    "0.693": f"{FAILS}#stuck-from-the-start",
    "log 10": f"{FAILS}#stuck-from-the-start loss_function.html#from-logits-to-probabilities",
    "loss not decreasing": f"{FAILS}#stuck-from-the-start",
    "nan": f"{FAILS}#nan-or-infinity",
    "loss is NaN": f"{FAILS} {FAILS}#nan-or-infinity {SHOWN}#{NAN}",
    "inf": f"{FAILS}#nan-or-infinity",
    "LSTM": f"{FAILS}#an-lstm-or-a-deep-network-does-not-learn",
    "my LSTM does not learn": f"{FAILS}#an-lstm-or-a-deep-network-does-not-learn",
    "vanishing gradients": f"{FAILS}#an-lstm-or-a-deep-network-does-not-learn",
    "exploding gradients": f"{FAILS}#an-lstm-or-a-deep-network-does-not-learn",
    "clipping": f"{FAILS}#9-mending-instability start.html#clipping",
    "gradient clipping": f"{FAILS}#9-mending-instability start.html#clipping",
    "overfitting": f"{FAILS}#overfitting-training-falls-validation-rises",
    "validation loss rises": f"{FAILS}#overfitting-training-falls-validation-rises",
    "train eval mode": f"{FAILS}#good-in-train-mode-bad-in-eval-mode",
    "range test": f"{FAILS}#5-the-rate-a-range-test",
    "loss oscillates": f"{FAILS}#the-loss-oscillates",
    "loss spikes": f"{FAILS}#spikes-that-recover",
    "multiple gpus": f"{FAILS}#more-gpus-worse-results",
    "predicts the mean": f"{FAILS}#it-predicts-the-mean",
    "dead relu": "start.html#dead-units",
    "half precision": f"{FAILS}#10-half-precision start.html#half-precision",
    "fp16": f"{FAILS}#10-half-precision start.html#half-precision",
    "bfloat16": f"{FAILS}#10-half-precision start.html#half-precision",
    "warm-up": "learning_rate.html#warm-up",
    "warmup": f"learning_rate.html#warm-up {FAILS}#9-mending-instability",
    "edge of stability": "learning_rate.html#the-edge-of-stability",
    "momentum": "momentum.html",
    "adam": "learning_rate.html#whose-adam",
    "weight decay": "learning_rate.html#whose-adam train_and_test.html#weight-decay",
    "shuffle": "batch.html#dealing-out-the-examples",
    "large batch": "batch.html",
    "SyncBatchNorm": f"batch_norm.html#in-practice {FAILS}#more-gpus-worse-results",
    "layer normalization": "batch_norm.html",
    "labels": f"{FAILS}#1-data-and-labels train_and_test.html#noisy-labels",
    "early stopping": "train_and_test.html#early-stopping",
    "hessian": "critical_points.html#the-hessian-decides",
    "eigenvalue": "critical_points.html#the-hessian-decides",
    "confidence interval": "how_we_know.html#a-mean-and-its-interval",
}
ASK = """async (queries) => {
  const config = JSON.parse(document.querySelector("#__config").textContent)
  const index = await (await fetch("search/search_index.json")).json()
  index.options = { suggest: true }
  const worker = new Worker(config.search)
  const asked = (message) => new Promise((done) => {
    worker.addEventListener("message", (event) => done(event.data.data), { once: true })
    worker.postMessage(message)
  })
  await asked({ type: 0, data: index })
  const found = []
  for (const each of queries) {
    const { items } = await asked({ type: 2, data: each })
    found.push(items.map((page) => page.reduce((a, b) => (b.score > a.score ? b : a)).location))
  }
  worker.terminate()
  return found
}"""


@pytest.fixture
def ask(open_page):
    page = open_page("claims.html")
    return lambda *queries: page.evaluate(ASK, list(queries))


def test_forty_questions_lead_to_their_places(ask):
    found = dict(zip(QUERIES, ask(*QUERIES), strict=True))
    wrong = {
        query: hits[:2]
        for query, hits in found.items()
        if not hits or hits[0] not in QUERIES[query].split()
    }
    assert len(QUERIES) == 40 and not wrong


def test_all_words_come_before_some(ask):
    both, first, second = ask("saddle momentum", "saddle", "momentum")
    assert both and set(both) != set(first) | set(second), "joined by OR"


def test_where_no_page_has_all_words_some_are_enough(ask):
    loose, some = ask("saddle zzzz", "saddle")
    assert set(loose) == set(some) != set()


def test_signs_of_the_readers_own_are_left_alone(ask):
    quoted, without = ask('"edge of stability"', "hessian -saddle")
    assert quoted[0] == "learning_rate.html#the-edge-of-stability"
    assert without and without != ask("hessian saddle")[0]


def test_the_field_asks_the_same_way(open_page):
    page = open_page("claims.html")
    page.locator("[data-md-component=search-query]").fill("gradient clipping")
    first = page.locator(".md-search-result__link").first
    first.wait_for()
    assert first.get_attribute("href").split("#")[0].split("?")[0].rpartition("/")[2] in (
        FAILS,
        "start.html",
    )
