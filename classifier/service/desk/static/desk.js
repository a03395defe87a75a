// What the desk adds for those with JavaScript: keys, marks that follow the pointer, files that are dropped.
import { markWords } from "./marks.js";
import { listenForKeys } from "./keys.js";

document.documentElement.classList.add("js");
const words = markWords(document);
const rows = [...document.querySelectorAll("[data-row]")];
const actions = { n: () => words.step(1), p: () => words.step(-1) };
if (rows.length) {
  // from row to row of the queue
  const move = (by) => {
    const at = rows.indexOf(document.activeElement);
    rows[Math.max(0, Math.min(rows.length - 1, at + by))].focus();
  };
  actions.j = () => move(1);
  actions.k = () => move(-1);
}
listenForKeys(document, actions);

for (const form of document.querySelectorAll("form[data-drop]")) {
  const file = form.querySelector("input[type=file]");
  const hasFile = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  form.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  form.addEventListener("dragleave", () => form.classList.remove("dropping"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("dropping");
    if (!hasFile(event)) return;
    event.preventDefault();
    file.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

const waiting = document.querySelector("[data-reload]");
if (waiting) setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.reload));
