// Recommended rules, but for what the theme and its plugins write themselves. Ours has no exception.
const theme = {
  "no-trailing-whitespace": "off", // of the theme's templates
  "doctype-style": "off", // the theme's <!doctype html>, as valid in lower case
  "unique-landmark": "off", // the theme's nested navigation lists
  "wcag/h32": "off", // the theme's search form, which searches as one types
  "valid-autocomplete": "off", // the theme's hidden checkboxes
  "no-inline-style": "off", // KaTeX places glyphs by style attributes; highlighted code too
  "valid-id": ["error", { relaxed: true }], // __drawer, and the dots of mkdocstrings
};

module.exports = { extends: ["html-validate:recommended"], rules: theme };
