// What the theme's own script and our style sheet leave to be mended.

// The search's index is as large as a page with its figures: it is fetched when somebody searches.
{
  const { open, send } = XMLHttpRequest.prototype, waiting = []
  let wanted = new URLSearchParams(location.search).has("q")
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.index = String(url).endsWith("/search_index.json")
    return open.call(this, method, url, ...rest)
  }
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.index && !wanted) waiting.push(() => send.apply(this, body))
    else send.apply(this, body)
  }
  const fetchNow = () => {
    wanted = true
    for (const each of waiting.splice(0)) each()
  }
  const search = document.querySelector("[data-md-component=search]")
  for (const event of ["focusin", "pointerover"]) search?.addEventListener(event, fetchNow)
  document.querySelector("#__search")?.addEventListener("change", fetchNow)
}

// The button that copies a block of code lies in a <nav> without a name: a landmark like any other.
new MutationObserver(() => {
  document.querySelectorAll("nav.md-code__nav:not([aria-label])").forEach((each) => {
    const all = [...document.querySelectorAll("nav.md-code__nav")]
    each.setAttribute("aria-label", `Code ${all.indexOf(each) + 1}`)
  })
}).observe(document.querySelector("article") ?? document.body, { childList: true, subtree: true })

// site.css leaves what is far down to be laid out when it comes near. When nothing else is to be
// done it is laid out all the same, a block at a time: a picture of the whole page shows all of it.
addEventListener("load", () => {
  const later = [...document.querySelectorAll(".md-content__inner > :is(p, div, details)")]
  const idle = window.requestIdleCallback ?? ((go) => setTimeout(go, 100, { timeRemaining: () => 0 }))
  const next = (deadline) => {
    do {
      const block = later.shift()
      if (!block) return
      block.style.contentVisibility = "visible"
      block.getBoundingClientRect() // here and now, or all of them would be one long task
    } while (deadline.timeRemaining() > 5)
    idle(next)
  }
  idle(next)
})
