// How many papers are chosen stands on the button that asks for them.
"use strict";
(() => {
  const form = document.getElementById("ask");
  const button = form && form.querySelector("button[data-count]");
  if (!button) return;
  const count = () => {
    const n = form.querySelectorAll("input[name=record]:checked").length;
    button.textContent = n ? button.dataset.count.replace("#", n) : button.dataset.none;
    for (const each of form.querySelectorAll(".buttons button")) each.disabled = n === 0;
  };
  form.addEventListener("change", count);
  count();
})();
