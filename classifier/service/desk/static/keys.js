// Single keys, off while somebody types, and for whoever turned them off (WCAG 2.1.4).
const STORED = "copydesk-keys-off";
const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

function stored() {
  try { return localStorage.getItem(STORED) === "1"; } catch { return false; }
}

/**
 * @param {Document} page
 * @param {Object<string, (event: KeyboardEvent) => void>} actions what each key does; elements with data-key are clicked
 */
export function listenForKeys(page, actions) {
  const box = page.getElementById("keys-on");
  if (box) {
    box.checked = !stored();
    box.addEventListener("change", () => {
      try { localStorage.setItem(STORED, box.checked ? "0" : "1"); } catch { /* nothing can be stored here */ }
    });
  }
  const isOn = () => (box ? box.checked : !stored());

  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || !isOn()) return;
    if (event.target instanceof Element && event.target.matches(TYPED_INTO)) return;
    if (event.key === "?") {
      const keys = page.getElementById("keys");
      keys.open = !keys.open;
      keys.scrollIntoView({ block: "nearest" });
      return;
    }
    const target = [...page.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
    if (target && !target.disabled) {
      event.preventDefault();
      if (target.matches("input:not([type=checkbox]), select, textarea, summary")) target.focus();
      if (!target.matches("input:not([type=checkbox]), select, textarea")) target.click();
      return;
    }
    if (actions[event.key]) {
      event.preventDefault();
      actions[event.key](event);
    }
  });
}
