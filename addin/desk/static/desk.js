"use strict";
// The page's own movements: views are asked for as pieces of HTML, clicks are sent, events are heard. No budget here.
const key = document.querySelector("meta[name=key]").content;
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const main = $("#main"), dialog = $("#dialog"), said = $("#said");
let later = 0, below = {}, state = {}, shown = { view: "overview" }, chosen = {}, seen = 0;

history.replaceState(null, "", "/");

async function get(path, query = {}) {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`, { headers: { "x-yusuan-key": key } });
  return response.text();
}

async function post(path, data) {
  const response = await fetch(path, {
    method: "POST", headers: { "x-yusuan-key": key, "content-type": "application/json" }, body: JSON.stringify(data),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) say(answer.message || "工作台已经结束或没有回应，请重新打开。", true);
  return answer;
}

function say(text, bad = false) {
  said.hidden = !text;
  said.classList.toggle("bad", bad);
  $("p", said).textContent = text;
}

async function show(view, query = {}, keep = false) {
  if (!keep && unsaved() && !confirm("这张表有填写的内容还没有保存，确定离开吗？")) return;
  const number = ++seen;
  shown = { view, ...query };
  all(".tabs button").forEach((b) => b.toggleAttribute("aria-current", b.dataset.view === view));
  main.setAttribute("aria-busy", "true");
  const text = await get(`/view/${view}`, query);
  if (number !== seen) return;
  main.innerHTML = text;
  below = {};
  main.removeAttribute("aria-busy");
  const picture = $("[data-picture]", main);
  if (picture) picture.src = `/picture?page=${picture.dataset.picture}&key=${encodeURIComponent(key)}`;
  const cell = $("td.chosen", main);
  if (cell) {
    cell.scrollIntoView({ block: "center", inline: "center" });
    pick(cell);
  } else if (!keep) { main.scrollTop = 0; }
}

const unsaved = () => all("[data-at].changed", main).length + Object.keys(below).length > 0;

async function pick(cell) {
  all(".chosen", main).forEach((other) => other.classList.remove("chosen"));
  cell.classList.add("chosen");
  chosen = { sheet: cell.closest("table").dataset.sheet, cell: cell.id };
  if ($("button", cell) && $("#sources")) $("#sources").innerHTML = await get("/view/sources", { name: chosen.sheet, cell: chosen.cell });
}

function press(command) {
  if (unsaved()) return say("有填写的内容还没有保存，请先点“保存填写”。", true);
  say("");
  return post("/do/press", { command, ...chosen });
}

// ---- what the page hears

function stand(now) {
  state = now;
  $("#file").textContent = now.name ? now.path : "没有打开工作簿";
  document.title = now.name ? `${now.name} - 预算公开工作台` : "预算公开工作台";
  $("#over").value = now.over ? "1" : "";
  $("#reload").hidden = !now.name;
  $("#progress").textContent = now.running ? `${now.running}：正在进行…` : "就绪";
  document.body.classList.toggle("running", Boolean(now.running));
  if (!now.running) main.inert = false;
  all("[data-press]").forEach((b) => { b.disabled = Boolean(now.running) || ("book" in b.dataset && !now.name); });
}

const heard = {
  state(now) {
    stand(now);
    if (now.received && !now.name && shown.view === "overview") shown = { view: "folder" };
    const { view, ...query } = shown;
    show(view, query, true);
  },
  progress(told) { $("#progress").textContent = told.text; document.body.classList.add("running"); },
  folder() {
    clearTimeout(later);
    later = setTimeout(() => { if (shown.view === "folder") { const { view, ...query } = shown; show(view, query, true); } }, 400);
  },
  turn({ view, ...query }) { chosen = {}; show(view, query, true); },
  done(now) {
    if (dialog.open) dialog.close();
    stand(now);
    if (!now.last.bad) { all(".changed", main).forEach((one) => one.classList.remove("changed")); below = {}; }
    if (now.last.message || now.last.bad) say(now.last.message, now.last.bad);
    const { view, ...query } = shown;
    if (!now.last.bad || view !== "sheet") show(view, query, true);
  },
  question(asked) { ask(asked).then((value) => post("/do/answer", { number: asked.number, value })); },
};

let events;
function listen() {
  events = new EventSource(`/events?key=${encodeURIComponent(key)}`);
  Object.keys(heard).forEach((kind) => events.addEventListener(kind, (e) => heard[kind](JSON.parse(e.data))));
  events.onopen = () => { lost = 0; };
  events.onerror = () => {
    // The browser tries again by itself; a page that nobody answers for some time has outlived its program.
    if (events.readyState !== EventSource.CLOSED && ++lost < 4) return;
    events.close();
    $("#progress").textContent = "工作台已经结束，可以关闭本页。";
    all("button, select, textarea, input").forEach((one) => { one.disabled = true; });
  };
}
let lost = 0;
listen();
// The page that takes this one's place is let in once nobody listens; where she stays after all, it listens again.
window.addEventListener("beforeunload", (e) => {
  if (unsaved()) e.preventDefault();
  events.close();
  setTimeout(listen, 1500);
});

// ---- questions

function ask({ kind, title, kinds = [], start = "" }) {
  return new Promise((resolve) => {
    const body = $("#dialog-body"), choices = $(".choices", dialog);
    $("#dialog-title").textContent = title;
    body.textContent = "";
    let value = null, name = null;
    const add = (text, main, give) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: text, className: main ? "main" : "" });
      button.onclick = () => { value = give(); dialog.close(); };
      choices.append(button);
      return button;
    };
    const field = (label, text) => {
      const holder = document.createElement("label"), input = document.createElement("input");
      holder.append(label, input);
      input.value = text;
      input.onkeydown = (e) => { if (e.key === "Enter") { e.preventDefault(); $(".main", choices).click(); } };
      return [holder, input];
    };
    choices.textContent = "";
    const separator = start.includes("\\") ? "\\" : "/";
    const join = (folder) => folder.replace(/[\\/]$/, "") + separator + name.value.trim();
    const list = document.createElement("div");
    const here = () => $(".files", list).dataset.here;
    const go = async (folder) => { list.innerHTML = await get("/files", { folder, kinds: kinds.join(" ") }); };
    if (kind === "confirm") add("是", true, () => true);
    if (kind === "text") {
      const [holder, input] = field("", "");
      input.setAttribute("aria-label", title);
      body.append(holder);
      add("确定", true, () => input.value);
    }
    if (["file", "folder", "target"].includes(kind)) {
      body.append(list);
      if (kind === "target") {
        const at = Math.max(start.lastIndexOf("/"), start.lastIndexOf("\\"));
        const [holder, input] = field("文件名", start.slice(at + 1));
        name = input;
        body.append(holder);
        start = start.slice(0, at) || separator;
      }
      if (kind !== "file") add(kind === "folder" ? "选择这个文件夹" : "保存在这个文件夹", true, () => (kind === "folder" ? here() : join(here())));
      go(start);
      list.onclick = (e) => {
        const found = e.target.closest("button");
        if (!found) return;
        if (found.dataset.folder) go(found.dataset.folder);
        else if (kind === "target") name.value = found.textContent;
        else { value = found.dataset.file; dialog.close(); }
      };
    }
    add(kind === "confirm" ? "否" : "取消", false, () => null);
    dialog.onclose = () => resolve(value);
    if (dialog.open) dialog.close();
    dialog.showModal();
    ($("input", body) || $(".main", choices) || dialog).focus();
  });
}

async function inspect() {
  const path = await ask({ kind: "file", title: "选择公开文档", kinds: [".pdf", ".docx", ".xlsx"], start: state.folder });
  if (path) { say(""); post("/do/document", { path }); }
}

async function watch() {
  const path = await ask({ kind: "folder", title: "收表：选择存放各单位工作簿的文件夹", start: state.received || state.folder });
  if (path) { say(""); post("/do/folder", { path }); }
}

async function open() {
  const path = await ask({ kind: "file", title: "打开预算公开工作簿", kinds: [".xlsx", ".xlsm"], start: state.folder });
  if (path) { say(""); post("/do/open", { path }); }
}

// ---- clicks and keys

document.addEventListener("click", (e) => {
  const found = e.target.closest("[data-view], [data-press], [data-open], [data-watch], [data-document], [data-print], [data-do], [data-save], td[id]");
  if (!found || found.disabled || e.target.closest("dialog")) return;
  const { view, press: command, name, cell, first } = found.dataset;
  if (found.tagName === "A") e.preventDefault();
  if (view) show(view, Object.fromEntries(Object.entries({ ...found.dataset }).filter(([k, v]) => k !== "view" && v)));
  else if (command) press(command);
  else if ("open" in found.dataset) { if (found.dataset.open) post("/do/open", { path: found.dataset.open }); else open(); }
  else if ("watch" in found.dataset) watch();
  else if ("document" in found.dataset) inspect();
  else if ("print" in found.dataset) window.print();
  else if (found.dataset.do) { say(""); post(`/do/${found.dataset.do}`, {}); }
  else if (found.dataset.save) save(found.dataset.save);
  else if (found.tagName === "TD") pick(found);
});
$("#reload").onclick = () => { say(""); post("/do/reload", {}); };
$("button", said).onclick = () => say("");
$("#over").onchange = async (e) => stand(await post("/do/over", { over: e.target.value === "1" }));
main.addEventListener("submit", (e) => {
  e.preventDefault();
  say("");
  if (e.target.dataset.explain) post("/do/explain", { row: Number(e.target.dataset.explain), text: $("textarea", e.target).value });
});
main.addEventListener("input", (e) => {
  if (!e.target.dataset.at) return;
  e.target.classList.add("changed");
  $("[data-save]", main).disabled = false;
});
async function save(sheet) {
  const cells = Object.fromEntries(all("[data-at].changed", main).map((one) => [one.dataset.at, one.value]));
  say("");
  // What is typed while this is being saved would be gone.
  main.inert = Boolean((await post("/do/fill", { sheet, cells: { ...cells, ...below } })).running);
}
// What is copied from a spreadsheet goes into the cells from here on, row by row.
main.addEventListener("paste", (e) => {
  const text = e.clipboardData.getData("text/plain"), from = e.target.dataset.at;
  if (!from || !/[\t]|\n./.test(text) || e.target.tagName === "TEXTAREA") return;
  e.preventDefault();
  const rows = all("tr", main).map((row) => all("[data-at]", row));
  const top = rows.findIndex((row) => row.includes(e.target)), left = rows[top].indexOf(e.target);
  text.replace(/\r?\n$/, "").split(/\r?\n/).forEach((line, down) => line.split("\t").forEach((value, right) => {
    const cell = (rows[top + down] || [])[left + right], column = rows[top][left + right];
    if (cell) { cell.value = value; cell.dispatchEvent(new Event("input", { bubbles: true })); }
    else if (column) below[column.dataset.at.replace(/\d+/, "") + (Number(from.match(/\d+/)[0]) + down)] = value;
  }));
  if (Object.keys(below).length) say("粘贴的行比显示的多，点“保存填写”后全部显示。");
});

// ---- a workbook dropped on the page

["dragover", "dragleave", "drop"].forEach((kind) => document.addEventListener(kind, async (e) => {
  e.preventDefault();
  $("#drop").hidden = kind !== "dragover";
  if (kind !== "drop" || !e.dataTransfer.files.length) return;
  const file = e.dataTransfer.files[0];
  if (file.size > 60e6) { say("文件超过60MB，不像预算公开工作簿，没有打开。", true); return; }
  say("");
  const response = await fetch(`/upload?name=${encodeURIComponent(file.name)}`, { method: "POST", headers: { "x-yusuan-key": key }, body: file });
  if (!response.ok) say((await response.json().catch(() => ({}))).message || "没有能够打开。", true);
}));
