// Buttons instead of typed numbers: files are chosen one after the other into a tray, where their order can be changed.
// What is sent is the form's numbers, written anew after every move; without scripts they are typed.
"use strict";
(() => {
  const form = document.getElementById("joining");
  if (!form) return;
  const words = JSON.parse(form.dataset.words), fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const tray = form.querySelector("[data-tray]"), none = form.querySelector("[data-none]");
  const said = form.querySelector("[data-said]"), join = form.querySelector("[data-join]");
  const plain = join.textContent, picks = [...form.querySelectorAll(".pick:not(.off)")];
  const input = (pick) => pick.querySelector("input");

  const button = (text, label, act) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "btn quiet", textContent: text });
    made.setAttribute("aria-label", label);
    made.dataset.act = act;
    return made;
  };

  const laid = (pick) => {
    const row = document.createElement("li"), which = document.createElement("span"), name = document.createElement("span");
    const picture = pick.querySelector("img");
    row.className = "laid";
    row.pick = pick;
    which.className = "which num";
    Object.assign(name, { className: "small name", textContent: pick.dataset.name });
    row.append(which);
    if (picture) row.append(Object.assign(document.createElement("img"), { src: picture.src, alt: "" }));
    row.append(name, ...[["◀", "earlier"], ["▶", "later"], ["✕", "out"]].map(([text, act]) => button(text, `${words[act]}: ${pick.dataset.name}`, act)));
    return row;
  };

  const rows = () => [...tray.children];
  const number = () => {
    for (const pick of picks) input(pick).value = "";
    rows().forEach((row, at) => {
      input(row.pick).value = at + 1;
      row.querySelector(".which").textContent = at + 1;
      row.querySelector("[data-act=earlier]").disabled = at === 0;
      row.querySelector("[data-act=later]").disabled = at === rows().length - 1;
    });
    for (const pick of picks) {
      const on = input(pick).value !== "", key = pick.querySelector("[data-act=choose]");
      pick.classList.toggle("chosen", on);
      key.setAttribute("aria-pressed", on);
      key.textContent = on ? `✓ ${fill(words.page, { n: input(pick).value })}` : words.pick;
    }
    tray.hidden = !rows().length;
    none.hidden = !!rows().length;
    join.disabled = rows().length < 2;
    join.textContent = rows().length > 1 ? fill(words.join_n, { n: rows().length }) : plain;
  };
  const tell = (row) => { said.textContent = fill(words.at, { name: row.pick.dataset.name, place: rows().indexOf(row) + 1 }); };
  const take = (pick) => { const row = laid(pick); tray.append(row); return row; };
  const out = (row) => { row.remove(); said.textContent = fill(words.gone, { name: row.pick.dataset.name }); };

  const typed = picks.filter((pick) => /^[0-9]+$/.test(input(pick).value)).sort((a, b) => input(a).value - input(b).value);
  for (const pick of picks) {
    const key = button(words.pick, "", "choose"), name = pick.querySelector(".name");
    key.removeAttribute("aria-label");
    key.id = `key-${pick.dataset.file}`;
    key.setAttribute("aria-labelledby", `${key.id} ${name.id}`);
    pick.append(key);
  }
  form.classList.add("live");
  none.textContent = words.choose;
  typed.forEach(take);
  number();

  form.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-act]");
    if (!pressed) return;
    const act = pressed.dataset.act, row = pressed.closest(".laid");
    if (act === "choose") {
      const pick = pressed.closest(".pick"), there = rows().find((one) => one.pick === pick);
      if (there) { out(there); number(); } else { const fresh = take(pick); number(); tell(fresh); }
      return;
    }
    if (act === "out") {
      const next = row.nextElementSibling || row.previousElementSibling;
      out(row);
      number();
      (next ? next.querySelector("[data-act=out]") : row.pick.querySelector("[data-act=choose]")).focus();
      return;
    }
    if (act === "earlier") row.previousElementSibling.before(row);
    else row.nextElementSibling.after(row);
    number();
    tell(row);
    (pressed.disabled ? row.querySelector("[data-act=earlier]:not(:disabled), [data-act=later]:not(:disabled)") : pressed).focus();
  });
})();
