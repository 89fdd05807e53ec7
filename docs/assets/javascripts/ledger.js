// Filters the claims by section and verdict. The choice stands in the address, so that it can be
// shared and comes back with the page; without this script the table shows every claim.
const form = document.getElementById("ledger-filter");
const count = document.getElementById("ledger-count");
const bodies = [...document.querySelectorAll("#ledger tbody")];
const rows = [...document.querySelectorAll("#ledger tr[data-verdict]")];
const names = ["section", "verdict"];

function show() {
  const wanted = names.map((name) => [name, form.elements[name].value]);
  for (const row of rows) {
    row.hidden = wanted.some(([name, value]) => value && row.dataset[name] !== value);
  }
  for (const body of bodies) body.hidden = !body.querySelector("tr[data-verdict]:not([hidden])");
  count.value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} claims`;
}

function remember() {
  const address = new URL(location.href);
  for (const name of names) {
    const value = form.elements[name].value;
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  address.hash = ""; // the row it points to may be hidden now
  history.replaceState(null, "", address);
}

function restore() {
  const asked = new URLSearchParams(location.search);
  for (const name of names) {
    const options = [...form.elements[name].options].map((option) => option.value);
    form.elements[name].value = options.includes(asked.get(name)) ? asked.get(name) : "";
  }
  show();
  // a link to a row leads there, whatever else it asks for
  const row = rows.find((each) => "#" + each.id === location.hash);
  if (row?.hidden) form.reset();
  if (row) setTimeout(() => row.scrollIntoView());
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", () => { show(); remember(); });
form.addEventListener("reset", () => setTimeout(() => { show(); remember(); }));
addEventListener("popstate", restore);
restore();
