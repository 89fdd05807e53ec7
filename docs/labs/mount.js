// Finds a page's labs, and brings each to life when it comes near the screen: until then its first
// picture, which the page has already, is all that is loaded of it.

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) mount(target);
}, { rootMargin: "100%" });

async function mount(figure) {
  near.unobserve(figure);
  if ("mounted" in figure.dataset) return;
  figure.dataset.mounted = "";
  const [{ Lab }, module] = await Promise.all([import("./lab.js"), import(`./${figure.dataset.lab}.js`)]);
  new Lab(figure, module);
}

const each = (act) => document.querySelectorAll(".lab:not([data-mounted])").forEach(act);
const find = () => each((figure) => near.observe(figure));

find();
window.document$?.subscribe(find); // the theme's instant navigation brings a new page
addEventListener("keydown", () => each(mount)); // else Tab would pass over controls that are yet to live
