// Review by keyboard: one decision a key, the next spot fetched ahead. Without this script the same forms work.
"use strict";
(() => {
  const root = document.getElementById("review");
  const said = document.getElementById("said");
  const problem = document.getElementById("problem");
  const keys = document.getElementById("keys");
  const keysOn = document.getElementById("keys-on");
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const WAIT = Symbol("wait"); // an answer that leaves the person at the spot
  let ahead = null; // the promise of the next spot: {node, id}, or null when there is none
  let sending = Promise.resolve(); // decisions on their way
  let moving = false;
  let undone = []; // spots left behind, for going back

  const spot = () => root.querySelector(".spot");
  const idOf = (node) => Number(node.dataset.id);
  const field = () => root.querySelector("#value");
  const read = () => root.querySelector('[name="read"]').value;
  const isOpen = () => Boolean(root.querySelector("form.decide"));
  const same = (a, b) => a.split(/\s+/).join(" ").trim() === b.split(/\s+/).join(" ").trim();
  const keepKey = (id) => `review:${root.dataset.person}:${id}`;
  const say = (text) => { said.textContent = ""; said.textContent = text; };
  const path = (id) => `/xem-lai/${id}`;

  // --- what is fetched

  async function fetchSpot(address) {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.status === 204) return null;
    if (answer.status === 401) throw new Error("expired");
    if (!answer.ok) throw new Error(String(answer.status));
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const node = holder.content.querySelector(".spot");
    const pictures = [...node.querySelectorAll("svg image[href]")];
    await Promise.all(pictures.map(async (picture) => {
      const found = await fetch(picture.getAttribute("href"));
      if (found.ok) picture.setAttribute("href", URL.createObjectURL(await found.blob()));
    }));
    return node;
  }

  function fetchAhead() {
    const after = idOf(spot());
    ahead = sending.then(() => fetchSpot(`/xem-lai/tiep?sau=${after}`));
    ahead.catch(() => {}); // told when the person gets there
  }

  async function send(id, what, body) {
    let answer;
    try {
      answer = await fetch(`/api/v1/reviews/${id}/${what}`, {
        method: "POST",
        keepalive: true, // it arrives though the window is closed in the same moment
        headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": csrf },
        body: JSON.stringify(body),
      });
    } catch {
      return { state: "away" };
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return { state: "done", told };
    if (answer.status === 401 || answer.status === 403) return { state: "expired" };
    if (answer.status === 409 || answer.status === 404) return { state: "decided" };
    if (answer.status === 422) return { state: "fault", message: told.message };
    return { state: "away" };
  }

  // --- showing

  function release(node) {
    for (const picture of node.querySelectorAll('image[href^="blob:"]')) URL.revokeObjectURL(picture.getAttribute("href"));
  }

  function show(node, focus = true) {
    const old = spot();
    if (old && old !== node) { release(old); old.replaceWith(node); }
    for (const hidden of node.querySelectorAll(".js-only")) hidden.hidden = false;
    for (const plain of node.querySelectorAll(".plain-only")) plain.hidden = true;
    problem.hidden = true;
    const value = field();
    if (value) {
      value.readOnly = true;
      const kept = sessionStorage.getItem(keepKey(idOf(node)));
      if (kept !== null && !same(kept, read())) { value.value = kept; edit(); say(root.dataset.kept); focus = false; }
      else if (node.querySelector("#fault:not([hidden])")) { edit(); focus = false; }
    }
    if (focus) document.getElementById("spot-title").focus({ preventScroll: true });
    if (focus && node.getBoundingClientRect().top < 0) node.scrollIntoView();
  }

  function counted(told) {
    if (told && told.counts) document.getElementById("left").textContent = root.dataset.left.replace("%n", told.counts.open);
  }

  async function forward() {
    try {
      const node = await ahead;
      if (!node) { await sending; location.assign("/xem-lai"); return false; }
      show(node);
      return true;
    } catch (error) {
      if (error.message === "expired") expired(idOf(spot()));
      else offline(() => { fetchAhead(); return next(); });
      return false;
    }
  }

  async function back(id) {
    const node = await fetchSpot(path(id));
    show(node);
    fetchAhead();
  }

  // --- what a person does

  async function decide(what, body, done) {
    if (moving || !isOpen()) return;
    moving = true;
    const here = spot(), id = idOf(here);
    const sure = body.outcome !== "corrected"; // whatever cannot be refused is not waited for
    const answer = send(id, what, body);
    sending = Promise.allSettled([sending, answer]);
    const moved = sure ? await forward() : false;
    const told = await answer;
    if (told.state === "done" || told.state === "decided") {
      sessionStorage.removeItem(keepKey(id));
      counted(told.told);
      say(told.state === "decided" ? root.dataset.doneDecided : root.dataset[told.told.waits ? "doneWaiting" : done]);
      undone = undone.filter((one) => one !== id);
      if (sure ? moved : await forward()) fetchAhead();
      moving = false;
      return;
    }
    moving = false;
    if (moved) await back(id).catch(() => {});
    if (told.state === "fault") fault(told.message);
    else if (told.state === "expired") expired(id);
    else offline(() => decide(what, body, done));
  }

  function accept() {
    const value = field();
    if (value && !same(value.value, read())) return save();
    return decide("decision", { outcome: "accepted" }, "doneAccepted");
  }

  function save() {
    const value = field();
    if (!value.value.trim()) return fault(root.dataset.empty);
    if (same(value.value, read()) && read()) { rest(); return decide("decision", { outcome: "accepted" }, "doneAccepted"); }
    return decide("decision", { outcome: "corrected", value: value.value }, "doneCorrected");
  }

  async function next() {
    if (moving) return;
    moving = true;
    const id = idOf(spot());
    if (isOpen() && !undone.includes(id)) undone.push(id);
    if (await forward()) { say(root.dataset.skipped); fetchAhead(); }
    moving = false;
  }

  async function previous() {
    const here = idOf(spot());
    const id = undone.filter((one) => one !== here).pop();
    if (moving || id === undefined) return;
    undone = undone.filter((one) => one !== id);
    moving = true;
    try { await back(id); } catch { offline(previous); }
    moving = false;
  }

  function edit() {
    const value = field();
    if (!value) return;
    value.readOnly = false;
    root.querySelector(".resting").hidden = true;
    root.querySelector(".editing").hidden = false;
    if (document.activeElement !== value) { value.focus(); value.select(); }
  }

  function rest() {
    const value = field();
    value.readOnly = true;
    root.querySelector(".resting").hidden = false;
    root.querySelector(".editing").hidden = true;
    fault("");
    document.getElementById("spot-title").focus({ preventScroll: true });
  }

  function cancel() {
    field().value = read();
    sessionStorage.removeItem(keepKey(idOf(spot())));
    rest();
  }

  function fault(message) {
    const place = root.querySelector(".fault"), value = field();
    place.textContent = message;
    place.hidden = !message;
    if (value) value.toggleAttribute("aria-invalid", false);
    if (message && value) { value.setAttribute("aria-invalid", "true"); edit(); value.focus(); }
    return WAIT;
  }

  function tell(template, id) {
    problem.replaceChildren(document.getElementById(template).content.cloneNode(true));
    problem.hidden = false;
    const value = field();
    if (value && idOf(spot()) === id && !same(value.value, read())) sessionStorage.setItem(keepKey(id), value.value);
    problem.scrollIntoView({ block: "nearest" });
  }

  function expired(id) {
    tell("expired", id);
    const link = problem.querySelector("[data-login]");
    link.href = `/dang-nhap?next=${encodeURIComponent(path(id))}`;
    link.focus();
  }

  function offline(again) {
    tell("offline", idOf(spot()));
    const button = problem.querySelector("[data-again]");
    button.addEventListener("click", () => { problem.hidden = true; again(); });
    button.focus();
  }

  // --- the picture: its view box is what is seen of the page, 1000 wide

  const stage = () => root.querySelector(".stage");
  const seen = () => stage().querySelector("svg").getAttribute("viewBox").split(" ").map(Number);

  function look([x, y, width, height], moved = true) {
    stage().querySelector("svg").setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    stage().classList.toggle("moved", moved);
    if (moved) wholePicture();
  }

  function wholePicture(page) {
    const node = spot(), picture = node.querySelector(".sheet-picture");
    const wanted = page || stage().dataset.page;
    if (picture.dataset.page === wanted || (!page && picture.getAttribute("href"))) return;
    picture.dataset.page = wanted;
    picture.setAttribute("href", `${path(idOf(node))}/trang/${wanted}?rong=1600`);
  }

  function zoom(by, at) {
    const [x, y, width, height] = seen();
    const scale = Math.min(Math.max(by, 60 / width), 2000 / width);
    const [cx, cy] = at || [x + width / 2, y + height / 2];
    look([cx - (cx - x) * scale, cy - (cy - y) * scale, width * scale, height * scale]);
  }

  function pan(dx, dy) {
    const [x, y, width, height] = seen();
    look([x + dx * width, y + dy * height, width, height]);
  }

  function whole(on = stage().dataset.whole !== "1", page) {
    const place = stage(), high = Number(place.dataset.height) * 1000;
    const button = root.querySelector('[data-do="whole"]');
    const home = spot().dataset.home || (spot().dataset.home = place.dataset.page);
    place.dataset.whole = on ? "1" : "0";
    place.dataset.page = page || home;
    place.classList.toggle("tall", on);
    button.setAttribute("aria-pressed", String(on));
    const crop = place.querySelector(".crop-picture"), mark = place.querySelector(".mark-box");
    if (crop) {
      if (!on && !crop.getAttribute("href")) crop.setAttribute("href", `${path(idOf(spot()))}/anh`);
      crop.setAttribute("visibility", on ? "hidden" : "visible");
      mark.setAttribute("visibility", place.dataset.page === home ? "visible" : "hidden");
    }
    const view = place.dataset.view.split(" ").map(Number);
    if (on) wholePicture(place.dataset.page);
    look(on ? [0, 0, 1000, high] : [view[0] * 1000, view[1] * high, (view[2] - view[0]) * 1000, (view[3] - view[1]) * high], on);
    for (const link of root.querySelectorAll(".thumbs a")) link.toggleAttribute("aria-current", false);
    const current = root.querySelector(`.thumbs a[data-page="${place.dataset.page}"]`);
    if (current) current.setAttribute("aria-current", "true");
  }

  let grip = null;
  root.addEventListener("pointerdown", (event) => {
    const place = event.target.closest(".stage");
    if (!place || event.button) return;
    grip = { x: event.clientX, y: event.clientY };
  });
  document.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const box = stage().querySelector("svg").getScreenCTM();
    const [x, y, width, height] = seen();
    if (Math.abs(event.clientX - grip.x) + Math.abs(event.clientY - grip.y) < 3) return;
    look([x - (event.clientX - grip.x) / box.a, y - (event.clientY - grip.y) / box.d, width, height]);
    grip = { x: event.clientX, y: event.clientY };
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { grip = null; });

  // --- keys and buttons

  const deeds = {
    accept, save, edit, cancel, next, previous,
    cannot: () => field() && decide("decision", { outcome: "cannot_read" }, "doneCannot_read"),
    yes: () => decide("confirmation", { agrees: true }, "doneConfirmed"),
    no: () => decide("confirmation", { agrees: false }, "doneRefused"),
    in: () => zoom(0.7), out: () => zoom(1 / 0.7), whole: () => whole(),
    keys: () => keys.showModal(),
  };

  const enter = () => root.querySelector('[data-do="yes"]') ? deeds.yes() : isOpen() ? accept() : next();
  const cross = () => root.querySelector('[data-do="no"]') ? deeds.no() : deeds.cannot();
  const byKey = {
    Enter: enter, e: edit, x: cross, n: next, p: previous, " ": () => whole(), "?": deeds.keys,
    "+": deeds.in, "=": deeds.in, "-": deeds.out, "−": deeds.out,
    ArrowLeft: () => pan(-0.15, 0), ArrowRight: () => pan(0.15, 0), ArrowUp: () => pan(0, -0.15), ArrowDown: () => pan(0, 0.15),
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    const typing = event.target === field() && !field().readOnly;
    if (typing) {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); save(); }
      if (event.key === "Escape") { event.preventDefault(); cancel(); }
      return;
    }
    if (event.target.closest("a, button, summary, dialog, input:not(#value), .who") && [" ", "Enter"].includes(event.key)) return;
    const deed = byKey[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed || !keysOn.checked || event.repeat && !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    deed();
  });

  document.addEventListener("click", (event) => {
    const page = event.target.closest(".thumbs a");
    if (page) { event.preventDefault(); whole(true, page.dataset.page); return; }
    const pressed = event.target.closest("[data-do]");
    if (!pressed || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    deeds[pressed.dataset.do]();
  });
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("focusin", (event) => { if (event.target === field() && field().readOnly && event.target.matches(":active")) edit(); });
  root.addEventListener("click", (event) => { if (event.target === field()) edit(); });
  root.addEventListener("input", (event) => {
    if (event.target === field()) sessionStorage.setItem(keepKey(idOf(spot())), field().value);
  });

  keysOn.checked = localStorage.getItem("review-keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("review-keys", keysOn.checked ? "on" : "off"));

  for (const hidden of document.querySelectorAll(".review-bar .js-only")) hidden.hidden = false;
  show(spot());
  fetchAhead();
})();
