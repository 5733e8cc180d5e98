// A file dropped anywhere on the form is checked at once; choosing one and pressing the button works without scripts.
"use strict";
for (const form of document.querySelectorAll("[data-drop]")) {
  for (const hint of form.querySelectorAll("[data-scripts]")) hint.hidden = false;
  const input = form.querySelector('input[type="file"]');
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}
