// Scanning: files are sent one by one and told line by line; batches show their progress as the ledger knows it.
"use strict";
(() => {
  const AT_ONCE = 2, LONGEST_PAUSE = 15, SHOWN = 200;
  const LITTER = /^(\.|~\$)|(\.(partial|tmp|part|crdownload|filepart|download|done|ready)|~)$|^(thumbs\.db|desktop\.ini|__macosx)$/i;
  const meta = (name) => document.querySelector(`meta[name="${name}"]`);
  const csrf = () => (meta("csrf") || {}).content || "";
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const clock = () => new Date().toLocaleTimeString("vi-VN", { hour12: false });
  const ticked = (name) => !!(document.querySelector(`[data-drop] [name=${name}]`) || {}).checked;
  let words = {}, watching = null, uploads = null;

  // --- live: what changed arrives as HTML by the id of its element

  function watch() {
    if (watching) watching.close();
    const place = document.querySelector("[data-live]");
    if (!place || document.hidden) return;
    const source = watching = new EventSource(place.dataset.live);
    source.addEventListener("change", (event) => {
      const told = JSON.parse(event.data);
      for (const [id, html] of Object.entries(told.parts)) put(id, html);
      say(told.said);
      if (uploads) uploads.tidy();
    });
    source.addEventListener("done", () => { if (!uploads || !uploads.active) source.close(); });
    source.onopen = () => offline(false);
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) offline(true); };
  }

  function put(id, html) {
    const box = document.createElement("template");
    box.innerHTML = html;
    const fresh = box.content.firstElementChild, old = document.getElementById(id);
    if (old) {
      if (old.outerHTML === fresh.outerHTML) return;
      const stops = "a, button, h1", at = [...old.querySelectorAll(stops)].indexOf(document.activeElement);
      old.replaceWith(fresh);
      if (at >= 0) (fresh.querySelectorAll(stops)[at] || fresh.querySelector(stops) || document.body).focus();
      return;
    }
    const rows = document.querySelector("[data-rows]"), place = document.querySelector("[data-page-of-files]");
    if (!rows || !id.startsWith("file-") || rows.children.length >= place.dataset.pageOfFiles) return;
    rows.append(fresh);
    document.querySelector("[data-none]").hidden = true;
  }

  function offline(is) {
    const note = document.querySelector("[data-offline]");
    if (note) note.hidden = !is;
  }

  function say(text) {
    const ear = document.querySelector("[data-said]");
    if (ear && ear.textContent !== text) ear.textContent = text;
  }

  // --- uploads: a queue of files, each with its line

  class Uploads {
    constructor() {
      this.section = document.createElement("section");
      this.section.className = "card flush";
      this.section.hidden = true;
      this.section.innerHTML = '<div class="sent"><h2 class="grow"></h2></div><p class="notice wait" role="alert" hidden></p><p data-together role="status" hidden></p>' +
        '<table class="stacked files"><tbody></tbody></table><p class="empty" hidden></p>';
      [this.heading, this.note, this.group, this.rows, this.rest] = ["h2", ".notice", "[data-together]", "tbody", ".empty"].map((s) => this.section.querySelector(s));
      this.heading.setAttribute("role", "status");
      this.items = [];
      this.batch = null;
      this.running = 0;
      this.pause = 1;
      this.stopped = false;
      addEventListener("beforeunload", (event) => { if (this.active) event.preventDefault(); });
      addEventListener("online", () => this.go());
    }

    get active() { return this.items.some((item) => ["queued", "sending"].includes(item.state)); }
    get key() { return `motlan-batch-${this.batch}`; }

    remembered() {
      try { return JSON.parse(sessionStorage.getItem(this.key)) || { done: [], waiting: [] }; } catch { return { done: [], waiting: [] }; }
    }

    remember() {
      if (!this.batch) return;
      const done = new Set(this.remembered().done);
      for (const item of this.items) if (item.state === "done") done.add(item.mark);
      const waiting = this.items.filter((item) => ["queued", "sending"].includes(item.state)).map((item) => item.path);
      try { sessionStorage.setItem(this.key, JSON.stringify({ done: [...done], waiting })); } catch { /* full: only comfort is lost */ }
    }

    // What a reload interrupted.
    recall(batch) {
      this.batch = batch;
      const { waiting } = this.remembered();
      if (!waiting.length) return;
      this.section.hidden = false;
      this.tell(fill(words.lost, { n: waiting.length, names: waiting.slice(0, 5).join(", ") + (waiting.length > 5 ? "…" : "") }));
      this.heading.textContent = "";
    }

    add(files) {
      const done = new Set(this.batch ? this.remembered().done : []);
      const fresh = files.filter((file) => !done.has(mark(file)));
      this.note.hidden = true;
      if (!fresh.length) { this.section.hidden = false; this.tell(words.already); return []; }
      const together = ticked("together");
      if (together) fresh.sort((a, b) => a.path.localeCompare(b.path, "vi", { numeric: true }));
      const items = fresh.map((file) => ({ file: file.file, path: file.path, mark: mark(file), state: "queued", together }));
      items.sort((a, b) => /\.csv$/i.test(b.path) - /\.csv$/i.test(a.path)); // registers are known before the first paper
      for (const item of items) this.draw(item);
      this.items.push(...items);
      this.section.hidden = false;
      this.count();
      return items;
    }

    draw(item) {
      item.row = document.createElement("tr");
      item.row.innerHTML = '<td class="named"><span class="strong"></span></td><td><span class="tag"></span></td><td><progress max="100" value="0"></progress><p class="tight"></p></td>';
      [item.tag, item.bar, item.why] = [".tag", "progress", "p"].map((s) => item.row.querySelector(s));
      item.row.querySelector(".strong").textContent = item.path;
      item.bar.setAttribute("aria-label", item.path);
      this.show(item, "", words.queued);
      if (this.rows.children.length < SHOWN) this.rows.append(item.row);
    }

    show(item, tone, text, why = "") {
      item.tag.className = `tag ${tone}`;
      item.tag.textContent = text;
      item.why.textContent = why;
    }

    count() {
      const all = this.items.length, done = this.items.filter((item) => item.state === "done").length;
      const refused = this.items.some((item) => item.state === "refused");
      const over = all && !this.active;
      this.heading.textContent = fill(over ? (refused ? words.some_refused : words.all_up) : words.counting, { done, all });
      this.pages();
      const drawn = this.rows.children.length, hidden = this.items.filter((item) => item.state !== "done" && !item.row.isConnected).length;
      this.rest.hidden = !hidden;
      this.rest.textContent = fill(words.more, { n: hidden });
      if (drawn < SHOWN) for (const item of this.items) if (item.state !== "done" && !item.row.isConnected && this.rows.children.length < SHOWN) this.rows.append(item.row);
    }

    // Pictures that are the pages of one paper: when all are up, whoever took them says that there are no more.
    pages() {
      const mine = this.items.filter((item) => item.together && item.ids && item.ids.length && !item.joined);
      const n = mine.length, said = fill(n > 1 ? words.pages_up : words.page_up, { n });
      if (!n) return;
      this.group.hidden = this.active;
      if (this.active || this.grouped === said) return;
      this.group.className = "notice";
      this.grouped = said;
      this.group.textContent = said + " ";
      if (n < 2) return;
      const done = document.createElement("button");
      Object.assign(done, { type: "button", className: "btn", textContent: fill(words.join, { n }) });
      done.onclick = async () => {
        done.disabled = true;
        try {
          await ask("POST", `/api/v1/batches/${this.batch}/joined-files`, { files: mine.flatMap((item) => item.ids) });
          this.group.textContent = fill(words.joined, { n });
        } catch (error) {
          this.group.textContent = fill(words.not_joined, { message: error.message });
        }
        for (const item of mine) item.joined = true;
        this.grouped = "";
        watch();
      };
      this.group.append(done);
    }

    tell(text, ...buttons) {
      this.note.textContent = text + " ";
      this.note.append(...buttons);
      this.note.hidden = false;
    }

    async announce(items) {
      const files = items.map((item) => ({ name: item.path, size: item.file.size }));
      const { refused } = await ask("POST", `/api/v1/batches/${this.batch}/announcement`, { files });
      for (const place of refused) this.refuse(items[place], words.too_large);
    }

    refuse(item, why) {
      item.state = "refused";
      this.show(item, "bad", words.refused, why);
      item.bar.hidden = true;
    }

    go() {
      if (this.stopped || !this.batch) return;
      clearTimeout(this.timer);
      this.timer = null;
      while (this.running < AT_ONCE) {
        const item = this.items.find((one) => one.state === "queued");
        if (!item) break;
        this.send(item);
      }
    }

    async send(item) {
      item.state = "sending";
      this.running += 1;
      try {
        await item.file.slice(0, 1).arrayBuffer(); // a file that is gone from this machine is told, not retried
      } catch {
        this.refuse(item, words.gone);
        this.ended();
        return;
      }
      const path = `/api/v1/batches/${this.batch}/files?name=${encodeURIComponent(item.path)}&counter=${ticked("counter")}`;
      const request = new XMLHttpRequest();
      request.open("PUT", path);
      request.setRequestHeader("X-CSRF-Token", csrf());
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.onprogress = (event) => {
        const percent = event.total ? Math.floor((100 * event.loaded) / event.total) : 100;
        item.bar.value = percent;
        this.show(item, "info", percent < 100 ? fill(words.sending, { percent }) : words.taking);
      };
      request.onload = () => { this.answered(item, request); this.ended(); };
      request.onerror = () => { this.again(item); this.ended(); };
      request.send(item.file);
    }

    answered(item, request) {
      let told = {};
      try { told = JSON.parse(request.responseText); } catch { /* no answer of ours */ }
      if (request.status === 200) return this.taken(item, told.files);
      if (request.status === 401 || request.status === 403) return this.login(item);
      if (request.status >= 500 || request.status === 0 || !told.message) return this.again(item, told.message);
      return this.refuse(item, told.message);
    }

    taken(item, files) {
      this.pause = 1;
      item.ids = files.filter((file) => file.file).map((file) => file.file);
      item.state = "done";
      item.bar.hidden = true;
      const register = files.find((file) => file.register_rows !== null);
      if (files.some((file) => file.reason)) this.show(item, "bad", words.refused, files.find((file) => file.reason).reason.message);
      else if (register && files.length === 1) this.show(item, "ok", fill(words.register, { rows: register.register_rows }));
      else this.show(item, "ok", files.every((file) => file.again) ? words.again : files.some((file) => file.duplicate_of) ? words.duplicate : words.received);
      if (item.ids.length) setTimeout(() => item.row.remove(), 4000); // it stands among the files of the batch by then
    }

    again(item, message) {
      item.state = "queued";
      const values = { seconds: this.pause, message };
      this.show(item, "wait", words.queued, fill(message ? words.retry_full : words.retry, values));
      if (!this.timer) this.timer = setTimeout(() => { this.timer = null; this.go(); }, this.pause * 1000);
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    }

    login(item) {
      item.state = "queued";
      this.show(item, "wait", words.queued);
      this.stopped = true;
      const open = document.createElement("a"), resume = document.createElement("button");
      Object.assign(open, { href: "/dang-nhap", target: "_blank", rel: "noopener", className: "btn quiet", textContent: words.login_open });
      Object.assign(resume, { type: "button", className: "btn", textContent: words.resume });
      resume.onclick = async () => {
        const page = await (await fetch(location.href)).text();
        const token = new DOMParser().parseFromString(page, "text/html").querySelector('meta[name="csrf"]');
        if (!token) return;
        meta("csrf").content = token.content;
        this.stopped = false;
        this.note.hidden = true;
        watch();
        this.go();
      };
      this.tell(words.login, open, " ", resume);
    }

    ended() {
      this.running -= 1;
      this.count();
      this.remember();
      if (!this.timer) this.go();
    }

    // Lines of files that stand in the batch's own table are not needed twice.
    tidy() {
      for (const item of this.items) if (item.ids && item.ids.length && item.ids.every((id) => document.getElementById(`file-${id}`))) item.row.remove();
      this.count();
    }
  }

  const mark = ({ path, file }) => `${path}|${file.size}|${file.lastModified}`;

  async function ask(method, path, body) {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf(), Accept: "application/json" };
    const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.message);
    return told;
  }

  // --- from a drop to a batch

  async function begin(files, zone) {
    files = files.filter(({ path, file }) => !path.split("/").some((part) => LITTER.test(part)) && file);
    if (!files.length) { place(); uploads.section.hidden = false; uploads.tell(words.nothing); return; }
    place();
    const items = uploads.add(files);
    if (!items.length) return;
    uploads.items.forEach((item) => { if (item.file.size > Number(zone.dataset.largest)) item.bar.hidden = true; });
    try {
      if (!uploads.batch) await open(files, zone);
      await uploads.announce(items);
    } catch (error) {
      const retry = document.createElement("button");
      Object.assign(retry, { type: "button", className: "btn quiet", textContent: words.resume });
      retry.onclick = () => { for (const item of items) item.row.remove(); uploads.items = uploads.items.filter((item) => !items.includes(item)); begin(files, zone); };
      uploads.tell(fill(words.open_failed, { message: error.message }), retry);
      return;
    }
    uploads.remember();
    watch();
    uploads.go();
  }

  async function open(files, zone) {
    uploads.heading.textContent = words.opening;
    const value = (name) => ((zone.elements[name] || {}).value || "").trim();
    const tops = new Set(files.map(({ path }) => (path.includes("/") ? path.split("/")[0] : "")));
    const folder = tops.size === 1 ? [...tops][0] : "";
    const name = value("name") || folder || fill(words.batch_at, { time: clock().slice(0, 5) });
    const number = (text) => (/^[0-9]{1,6}$/.test(text) && Number(text) > 0 ? Number(text) : null);
    const body = { name: name.slice(0, 100), expected_pages: number(value("pages")), expected_papers: number(value("papers")) };
    const marks = ["counter", "together"].filter(ticked);
    const { batch } = await ask("POST", "/api/v1/batches", body);
    uploads.batch = batch;
    await show(`/lo-quet/${batch}`);
    for (const name of marks) document.querySelector(`[data-drop] [name=${name}]`).checked = true;
  }

  // The batch's page, in place: the files in hand are kept.
  async function show(path) {
    const page = new DOMParser().parseFromString(await (await fetch(path)).text(), "text/html");
    const main = document.querySelector("main");
    main.replaceChildren(...page.querySelector("main").childNodes);
    document.title = page.title;
    history.pushState({}, "", path);
    set();
    place();
    main.querySelector("h1").focus();
  }

  function place() {
    const here = document.querySelector("[data-uploads]");
    if (here && !here.contains(uploads.section)) here.append(uploads.section);
  }

  // --- dropped folders

  const read = (entry) => new Promise((done) => {
    if (entry.isFile) return entry.file((file) => done([{ path: entry.fullPath.slice(1), file }]), () => done([]));
    const reader = entry.createReader(), found = [];
    const more = () => reader.readEntries(async (some) => {
      if (!some.length) return done((await Promise.all(found.map(read))).flat());
      found.push(...some);
      more();
    }, () => done([]));
    more();
  });

  async function dropped(transfer) {
    const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    if (entries.length && entries.every(Boolean)) return (await Promise.all(entries.map(read))).flat();
    return plain(transfer.files);
  }

  const plain = (files) => [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

  function pick(kind, zone) {
    const input = document.createElement("input");
    input.type = "file";
    if (kind === "camera") { input.accept = "image/*"; input.setAttribute("capture", "environment"); } else input.multiple = true;
    if (kind === "folder") input.webkitdirectory = true;
    input.hidden = true;
    input.dataset.picked = kind;
    document.body.append(input);
    input.onchange = () => {
      const files = plain(input.files);
      if (kind === "camera") for (const one of files) one.path = `${fill(words.photo, { time: clock().replaceAll(":", "-") })}${(/\.\w+$/.exec(one.path) || [".jpg"])[0]}`;
      input.remove();
      begin(files, zone);
    };
    input.click();
  }

  function set() {
    const zone = document.querySelector("[data-drop]");
    if (!zone) return;
    words = JSON.parse(zone.dataset.words);
    zone.querySelector("[data-plain]").remove();
    zone.querySelector("[data-scripted]").hidden = false;
    for (const button of zone.querySelectorAll("[data-pick]")) button.onclick = () => pick(button.dataset.pick, zone);
    zone.onsubmit = (event) => event.preventDefault();
  }

  addEventListener("dragover", (event) => { event.preventDefault(); document.querySelector("[data-drop]")?.classList.add("over"); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.querySelector("[data-drop]")?.classList.remove("over"); });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    const zone = document.querySelector("[data-drop]");
    if (!zone) return;
    zone.classList.remove("over");
    begin(await dropped(event.dataTransfer), zone);
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? watching && watching.close() : watch()));
  addEventListener("popstate", () => location.reload());

  set();
  uploads = new Uploads();
  const zone = document.querySelector("[data-drop]");
  if (zone && zone.dataset.batch) uploads.recall(zone.dataset.batch);
  place();
  watch();
})();
