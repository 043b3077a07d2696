// Tables that sort by a column and hint at columns out of sight, Airflow's own choice of light or
// dark, links out of its frame.
"use strict";
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch { /* a file that is opened from disk may have no storage */ }

  // Airflow's frame may not replace the page around it. That page may: the link is followed there.
  if (window.parent !== window) {
    for (const link of document.querySelectorAll('a[target="_top"]')) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        const outside = window.parent.document.createElement("a");
        outside.href = link.href;
        if (event.ctrlKey || event.metaKey || event.shiftKey) outside.target = "_blank";
        window.parent.document.body.append(outside);
        outside.click();
        outside.remove();
      });
    }
  }

  // A hint where columns are out of sight.
  const sizes = new ResizeObserver((entries) => {
    for (const { target: region } of entries) {
      region.classList.toggle("wider", region.scrollWidth > region.clientWidth + 1);
    }
  });
  for (const region of document.querySelectorAll(".scroll")) sizes.observe(region);

  const value = (cell) => cell.dataset.value !== undefined ? Number(cell.dataset.value) : cell.textContent.trim();
  const compare = (a, b) => typeof a === "number" && typeof b === "number"
    ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].filter((row) => row.cells.length === heads.length);
        rows.sort((a, b) => (down ? -1 : 1) * compare(value(a.cells[column]), value(b.cells[column])));
        body.append(...rows);
      });
    });
  }
})();
