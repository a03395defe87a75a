// The words of one section are marked at a time: of the chosen one, or of the one under the pointer or the focus.

/**
 * Let the rows of sections mark their words in the text.
 * @param {Document} page
 * @returns {{step: (by: number) => void}} moves to the next or the previous marked word
 */
export function markWords(page) {
  const story = page.getElementById("story");
  const rows = [...page.querySelectorAll("[data-place]")];
  if (!story) return { step: () => {} };
  const marks = [...story.querySelectorAll("mark")];
  const name = page.querySelector("[data-shown-name]");
  const shownName = name?.textContent;
  const before = marks.map((mark) => mark.className);
  let here = -1;

  const has = (list, place) => list.split(" ").includes(place);

  function preview(row) {
    const place = row.dataset.place;
    for (const mark of marks) {
      mark.className = has(mark.dataset.for, place) ? "for" : has(mark.dataset.against, place) ? "against" : "";
    }
    if (name) name.textContent = row.dataset.name;
    row.classList.add("previewed");
    here = -1;
  }

  function restore(row) {
    row.classList.remove("previewed");
    if (rows.some((other) => other.matches(":hover"))) return;
    marks.forEach((mark, i) => { mark.className = before[i]; });
    if (name) name.textContent = shownName;
    here = -1;
  }

  for (const row of rows) {
    row.addEventListener("pointerenter", () => preview(row));
    row.addEventListener("pointerleave", () => restore(row));
    row.addEventListener("focusin", () => preview(row));
    row.addEventListener("focusout", () => restore(row));
  }

  function step(by) {
    const lit = marks.filter((mark) => mark.matches(".for, .against"));
    if (!lit.length) return;
    for (const mark of marks) mark.classList.remove("here");
    here = here < 0 && by < 0 ? lit.length - 1 : (here + by + lit.length) % lit.length;
    lit[here].classList.add("here");
    lit[here].scrollIntoView({ block: "nearest" });
  }

  for (const button of page.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  return { step };
}
