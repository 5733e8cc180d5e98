// Buttons instead of numbers: each page moves one place, starts a paper of its own, or its paper joins the one before.
// What is saved is the form's numbers, which are written anew after every move; without scripts they are typed.
"use strict";
(() => {
  const form = document.getElementById("arranging");
  if (!form) return;
  const papers = document.getElementById("papers");
  const said = document.getElementById("arranging-said");
  const back = document.getElementById("arranging-back");
  const words = form.dataset;
  const past = [];

  const all = () => [...papers.querySelectorAll(".paper")];
  const sheetsOf = (paper) => [...paper.querySelectorAll(".sheet")];

  const button = (text, act, wide) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn quiet" + (wide ? " wide" : "");
    made.textContent = text;
    made.dataset.act = act;
    return made;
  };

  const number = () => {
    all().forEach((paper) => { if (!sheetsOf(paper).length) paper.remove(); });
    all().forEach((paper, at) => {
      const k = at + 1;
      paper.querySelector(".number").textContent = k;
      const title = paper.querySelector("h2"), type = paper.querySelector("select"), label = paper.querySelector(".paper-type label");
      title.id = `paper-${k}`; paper.setAttribute("aria-labelledby", title.id);
      type.name = `type_${k}`; type.id = label.htmlFor = `type-${k}`;
      sheetsOf(paper).forEach((sheet, place) => {
        const page = sheet.dataset.page;
        sheet.querySelector(`[name="paper_${page}"]`).value = k;
        sheet.querySelector(`[name="place_${page}"]`).value = place + 1;
        const first = place === 0;
        sheet.querySelector("[data-act=split]").hidden = first;
        sheet.querySelector("[data-act=merge]").hidden = !first || at === 0;
        sheet.querySelector("[data-act=earlier]").disabled = first && at === 0;
        sheet.querySelector("[data-act=later]").disabled = at === all().length - 1 && place === sheetsOf(paper).length - 1;
      });
    });
    back.hidden = !past.length;
  };

  const state = () => all().map((paper) => ({ paper, type: paper.querySelector("select").value, sheets: sheetsOf(paper) }));
  const restore = (old) => {
    papers.replaceChildren(...old.map(({ paper, type, sheets }) => {
      paper.querySelector(".sheets").replaceChildren(...sheets);
      paper.querySelector("select").value = type;
      return paper;
    }));
    number();
  };

  const moves = {
    split(sheet, paper) {
      const fresh = paper.cloneNode(true);
      fresh.querySelector(".sheets").replaceChildren(...sheetsOf(paper).slice(sheetsOf(paper).indexOf(sheet)));
      fresh.querySelector("select").value = "";
      fresh.querySelector(".tag")?.remove();
      paper.after(fresh);
    },
    merge(sheet, paper) { paper.previousElementSibling.querySelector(".sheets").append(...sheetsOf(paper)); },
    earlier(sheet, paper) {
      if (sheet.previousElementSibling) sheet.previousElementSibling.before(sheet);
      else paper.previousElementSibling.querySelector(".sheets").append(sheet);
    },
    later(sheet, paper) {
      if (sheet.nextElementSibling) sheet.nextElementSibling.after(sheet);
      else paper.nextElementSibling.querySelector(".sheets").prepend(sheet);
    },
  };

  form.classList.add("live");
  papers.querySelectorAll(".sheet").forEach((sheet) => {
    const keys = document.createElement("div");
    keys.className = "sheet-keys";
    const earlier = button("◀", "earlier"), later = button("▶", "later");
    earlier.setAttribute("aria-label", `${words.earlier}: ${words.page} ${sheet.dataset.page}`);
    later.setAttribute("aria-label", `${words.later}: ${words.page} ${sheet.dataset.page}`);
    keys.append(earlier, later, button(words.split, "split", true), button(words.merge, "merge", true));
    sheet.append(keys);
  });
  number();

  papers.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-act]");
    if (!pressed) return;
    const sheet = pressed.closest(".sheet");
    past.push(state());
    moves[pressed.dataset.act](sheet, pressed.closest(".paper"));
    number();
    const place = sheet.closest(".paper").querySelector(".number").textContent;
    said.textContent = `${words.page} ${sheet.dataset.page}: ${words.paper} ${place}`;
    (pressed.hidden || pressed.disabled ? sheet.querySelector("[data-act]:not([hidden]):not(:disabled)") : pressed)?.focus();
  });
  const undo = () => { if (past.length) restore(past.pop()); };
  back.addEventListener("click", undo);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && past.length) { event.preventDefault(); undo(); }
  });
})();
