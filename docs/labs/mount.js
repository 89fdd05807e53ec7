// Finds a page's labs, and brings each to life when it comes near the screen: until then its first
// picture, which the page has already, is all that is loaded of it. A page that opens has enough to
// do: before its reader scrolls, only a lab that reaches the middle of the screen comes to life.

async function mount(figure) {
  const { dataset } = figure;
  if (dataset.mounted) return;
  dataset.mounted = true;
  const [{ Lab }, module] = await Promise.all([import("./lab.js"), import(`./${dataset.lab}.js`)]);
  new Lab(figure, module);
}

const each = (act) => document.querySelectorAll(".lab").forEach(act);
function find(rootMargin) {
  const near = new IntersectionObserver((found) => {
    for (const { isIntersecting, target } of found) if (isIntersecting) mount(target);
  }, { rootMargin });
  each((figure) => near.observe(figure));
}

find("-30%");
window.document$?.subscribe(() => find("-30%")); // the theme's instant navigation brings a new page
addEventListener("scroll", () => find("90%"), { once: true });
addEventListener("keydown", () => each(mount)); // else Tab would pass over controls that are yet to live
