// Sorting, filters, the theme. Without this script the page shows all of it, in the plan's order.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const theme = document.getElementById("theme");
  const themes = ["system", "light", "dark"];
  const stored = () => { try { return localStorage.getItem("imagewright-theme"); } catch { return null; } };
  const setTheme = (name) => {
    if (name === "system") delete root.dataset.theme; else root.dataset.theme = name;
    theme.textContent = `Theme: ${name}`;
    theme.value = name;
    try { localStorage.setItem("imagewright-theme", name); } catch { /* a file may have no storage */ }
  };
  setTheme(themes.includes(stored()) ? stored() : "system");
  theme.hidden = false;
  theme.addEventListener("click", () =>
    setTheme(themes[(themes.indexOf(theme.value) + 1) % themes.length]));

  const table = document.getElementById("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const collator = new Intl.Collator("en", { numeric: true });
  const values = new Map();
  const valueOf = (row, key) => {
    const cell = row.querySelector(`[data-k="${key}"]`);
    return cell.dataset.v ?? cell.textContent.trim();
  };
  const column = (key) => {
    if (!values.has(key)) values.set(key, new Map(rows.map((row) => [row, valueOf(row, key)])));
    return values.get(key);
  };

  const buttons = [...table.tHead.querySelectorAll("button")];
  const select = document.getElementById("sort");
  const sortBy = (key, order) => {
    const of = column(key);
    const sign = order === "descending" ? -1 : 1;
    const numeric = buttons.find((one) => one.dataset.key === key).dataset.type === "number";
    const compare = numeric ? (a, b) => Number(a) - Number(b) : collator.compare;
    const sorted = [...rows].sort((a, b) => {
      const [left, right] = [of.get(a), of.get(b)];
      if (left === "" || right === "") return (left === "") - (right === ""); // unknown is last
      return sign * compare(left, right);
    });
    body.append(...sorted);
    for (const button of buttons) {
      const own = button.dataset.key === key;
      if (own) button.dataset.order = order; else delete button.dataset.order;
    }
    for (const head of table.tHead.querySelectorAll("th")) {
      if (head.querySelector("[data-order]")) head.setAttribute("aria-sort", order);
      else head.removeAttribute("aria-sort");
    }
    select.value = key;
  };
  for (const button of buttons) {
    button.addEventListener("click", () =>
      sortBy(button.dataset.key, button.dataset.order === "ascending" ? "descending" : "ascending"));
  }
  select.addEventListener("change", () => sortBy(select.value, "ascending"));

  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  let texts; // read when first asked for: most readers never search
  const textOf = (row) => {
    texts ??= new Map(rows.map((one) => [one, one.textContent.toLowerCase()]));
    return texts.get(row);
  };
  const choices = [...form.querySelectorAll("select[data-filter]")];
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits = words.every((word) => textOf(row).includes(word))
        && choices.every((one) => !one.value || row.dataset[one.dataset.filter] === one.value);
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count} of ${rows.length} images`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("clear").addEventListener("click", () => { form.reset(); filter(); search.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape" && event.target === search) { search.value = ""; filter(); }
  });
  filter();
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details")) one.open = true;
  });
})();
