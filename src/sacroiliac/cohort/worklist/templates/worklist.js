// Nothing on this page needs this. It sorts a table by a column, and hides the entries that are not asked for.
(() => {
  const form = document.querySelector(".filter");
  const rows = [...document.querySelectorAll(".entries tbody tr")];
  const names = ["site", "clinician", "payer"].filter((name) => form.elements[name]);
  const words = new Map();
  // Each table with the places that say how many stand in it.
  const counts = [...document.querySelectorAll(".part:has(.entries)")].map((part) => {
    const places = [part.querySelector(".count"), document.querySelector(`.tiles a[href="#${part.querySelector("h2").id}"] .big`)];
    return { rows: [...part.querySelectorAll(".entries tbody tr")], places: places.map((place) => [place, place.textContent]) };
  });
  const filter = () => {
    const asked = form.elements.words.value.trim().toLowerCase();
    let left = 0;
    for (const row of rows) {
      if (asked && !words.has(row)) words.set(row, row.textContent.toLowerCase());
      const chosen = names.every((name) => !form.elements[name].value || row.dataset[name] === form.elements[name].value);
      row.hidden = !(chosen && (!asked || words.get(row).includes(asked)));
      if (!row.hidden) left += 1;
    }
    for (const { rows, places } of counts) {
      const here = rows.filter((row) => !row.hidden).length;
      for (const [place, all] of places) place.textContent = here === rows.length ? all : `${here.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
    }
    form.querySelector("output").textContent = left === rows.length ? "" : `${left} of ${rows.length} entries`;
  };
  form.hidden = rows.length === 0;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  const value = (row, at) => {
    const text = row.cells[at].textContent.trim();
    const number = Number(text.replaceAll(",", ""));
    return text === "–" ? null : Number.isNaN(number) ? text : number;
  };
  for (const table of document.querySelectorAll(".entries")) {
    for (const [at, head] of [...table.tHead.rows[0].cells].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = [...table.tBodies[0].rows].map((row) => [value(row, at), row]);
        keyed.sort(([one], [other]) => {
          if (one === null || other === null) return (one === null) - (other === null);
          const order = typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), "en", { numeric: true });
          return down ? -order : order;
        });
        table.tBodies[0].append(...keyed.map(([, row]) => row));
      });
    }
  }
})();
