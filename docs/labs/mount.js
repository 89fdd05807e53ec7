// Finds a page's labs, and brings each to life when it comes near the screen: until then its first
// picture, which the page has already, is all that is loaded of it.

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) mount(target);
}, { rootMargin: "100%" });

async function mount(figure) {
  const { dataset } = figure;
  if (dataset.mounted) return;
  dataset.mounted = true;
  const [{ Lab }, module] = await Promise.all([import("./lab.js"), import(`./${dataset.lab}.js`)]);
  new Lab(figure, module);
}

const each = (act) => document.querySelectorAll(".lab").forEach(act);
const find = () => each((figure) => near.observe(figure));

find();
window.document$?.subscribe(find); // the theme's instant navigation brings a new page
addEventListener("keydown", () => each(mount)); // else Tab would pass over controls that are yet to live
