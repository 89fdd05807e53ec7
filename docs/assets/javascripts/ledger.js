// Filters the rows of a table by the choices of the form above it. The choices stand in the
// address, so that they can be shared and come back with the page; without this script each table
// shows every row. A row says what it is in data-…, by the names of the form's choices; where it is
// several things at once they stand between bars.
const tables = ["sayings", "ledger", "elsewhere"].map((id) => {
  const form = document.getElementById(`${id}-filter`);
  return form && {
    form,
    count: document.getElementById(`${id}-count`),
    unit: document.getElementById(`${id}-count`).value.split(" ").pop(),
    names: [...form.querySelectorAll("select")].map((select) => select.name),
    bodies: [...document.querySelectorAll(`#${id} tbody`)],
    rows: [...document.querySelectorAll(`#${id} tr[id]`)],
  };
}).filter(Boolean);

function show({ form, count, unit, names, bodies, rows }) {
  const wanted = names.map((name) => [name, form.elements[name].value]);
  for (const row of rows) {
    row.hidden = wanted.some(([name, value]) => value && !row.dataset[name].split("|").includes(value));
  }
  for (const body of bodies) body.hidden = !body.querySelector("tr[id]:not([hidden])");
  count.value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} ${unit}`;
}

function remember({ form, names }) {
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
  for (const table of tables) {
    const { form, names, rows } = table;
    for (const name of names) {
      const options = [...form.elements[name].options].map((option) => option.value);
      form.elements[name].value = options.includes(asked.get(name)) ? asked.get(name) : "";
    }
    show(table);
    // a link to a row leads there, whatever else it asks for
    const row = rows.find((each) => "#" + each.id === location.hash);
    if (row?.hidden) form.reset();
    if (row) setTimeout(() => row.scrollIntoView());
  }
}

for (const table of tables) {
  const update = () => { show(table); remember(table); };
  table.form.addEventListener("submit", (event) => event.preventDefault());
  table.form.addEventListener("change", update);
  table.form.addEventListener("reset", () => setTimeout(update));
}
addEventListener("popstate", restore);
restore();
