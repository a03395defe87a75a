(() => {
  // Searches, shortens and sorts the table of all sections. Without this script the page shows every row.
  const MOST = 100;
  const table = document.getElementById("all-sections");
  const body = table.tBodies[0];
  const box = document.getElementById("find-section");
  const more = document.getElementById("find-all");
  const status = document.getElementById("find-status");
  const id = (row) => row.id.slice(row.id.indexOf("-") + 1);
  let rows = [...body.rows].map((row) => ({
    row, words: `${row.cells[0].textContent} ${id(row)} ${row.cells[10].textContent}`.toLowerCase(),
  }));
  let all = false;

  function show() {
    const asked = box.value.trim().toLowerCase();
    let found = 0;
    for (const { row, words } of rows) {
      const fits = words.includes(asked);
      if (fits) found += 1;
      const hidden = !fits || (!all && found > MOST);
      if (row.hidden !== hidden) row.hidden = hidden;
    }
    more.hidden = all || found <= MOST;
    const shown = all ? found : Math.min(found, MOST);
    status.textContent = `${shown.toLocaleString("en")} of ${found.toLocaleString("en")} sections`
      + (asked ? ` with “${box.value.trim()}”` : "");
  }

  function sort(column, heading) {
    const down = heading.parentElement.getAttribute("aria-sort") !== "descending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.parentElement.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = ({ row }) => row.cells[column].textContent.trim();
    const number = (item) => {
      const found = parseFloat(value(item).replaceAll(",", ""));
      return Number.isNaN(found) ? -Infinity : found;
    };
    const compare = column === 0 || column === 10
      ? (a, b) => value(b).localeCompare(value(a)) : (a, b) => number(a) - number(b);
    rows = rows.map((item) => item).sort((a, b) => (down ? compare(b, a) : compare(a, b)));
    body.append(...rows.map(({ row }) => row));
    show();
  }

  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    button.addEventListener("click", () => sort(column, button));
    cell.replaceChildren(button);
  });
  box.addEventListener("input", () => { all = false; show(); });
  more.addEventListener("click", () => { all = true; show(); });
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.hidden) { target.hidden = false; target.scrollIntoView(); }
  });
  document.getElementById("find").hidden = false;
  show();
})();
