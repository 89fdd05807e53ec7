// Read from disk (file://), a page may not start the search's worker, and the theme's script would
// stop there. So the search says what it needs, and the rest works.
if (location.protocol === "file:") {
  const search = document.querySelector("[data-md-component=search]")
  if (search) {
    const note = document.createElement("span")
    note.className = "no-search"
    note.textContent = "Search needs a web server: make serve"
    search.replaceWith(note)
  }
  for (const each of document.querySelectorAll("label[for=__search]")) each.remove()
  document.documentElement.classList.add("disk") // modules may not be loaded either: labs stand still
}
