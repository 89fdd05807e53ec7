// Finds a page's labs, and brings each to life when it comes near the screen: until then its first
// picture, which the page has already, is all that is loaded of it. A page that opens has enough to
// do: before its reader moves, only a lab whose first panel is seen comes to life.

let moved = false;
const come = (entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) mount(target.closest(".lab"));
};
const near = new IntersectionObserver(come, { rootMargin: "100%" });
const seen = new IntersectionObserver(come, { threshold: 0.5 });

async function mount(figure) {
  const { dataset } = figure;
  if (dataset.mounted) return;
  dataset.mounted = true;
  const [{ Lab }, module] = await Promise.all([import("./lab.js"), import(`./${dataset.lab}.js`)]);
  new Lab(figure, module);
}

const each = (act) => document.querySelectorAll(".lab").forEach(act);
const find = () => each((figure) => {
  if (moved) near.observe(figure);
  else seen.observe(figure.querySelector(".panel"));
});
const move = () => { moved = true; find(); };

find();
for (const kind of ["scroll", "pointermove", "pointerdown"]) {
  addEventListener(kind, move, { once: true, passive: true });
}
window.document$?.subscribe(find); // the theme's instant navigation brings a new page
addEventListener("keydown", () => each(mount)); // else Tab would pass over controls that are yet to live
