"use strict";
// The page's own movements: views are asked for as pieces of HTML, clicks are sent, events are heard. No budget here.
const key = document.querySelector("meta[name=key]").content;
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const main = $("#main"), dialog = $("#dialog"), said = $("#said");
let later = 0, below = {}, shown = { view: "overview" }, chosen = {}, seen = 0;

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

// Something done on the other side; what was said before is gone.
function send(what, data = {}) {
  say("");
  return post(`/do/${what}`, data);
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
  main.inert = false;  // what would be typed into the view before would be gone
  main.removeAttribute("aria-busy");
  const picture = $("[data-picture]", main);
  if (picture) picture.src = `/picture?page=${picture.dataset.picture}&key=${encodeURIComponent(key)}`;
  const cell = $("td.chosen", main);
  if (cell) {
    cell.scrollIntoView({ block: "center", inline: "center" });
    pick(cell);
  } else if (!keep) { main.scrollTop = 0; }
}

function again() {
  const { view, ...query } = shown;
  return show(view, query, true);
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
  return send("press", { command, ...chosen });
}

// ---- what the page hears

function stand(now) {
  $("#file").textContent = now.name ? now.path : "没有打开工作簿";
  document.title = now.name ? `${now.name} - 预算公开工作台` : "预算公开工作台";
  $("#over").value = now.over ? "1" : "";
  $("#reload").hidden = !now.name;
  $("#progress").textContent = now.running ? `${now.running}：正在进行…` : "就绪";
  document.body.classList.toggle("running", Boolean(now.running));
  all("[data-press]").forEach((b) => { b.disabled = Boolean(now.running) || ("book" in b.dataset && !now.name); });
}

const heard = {
  state(now) {
    stand(now);
    if (now.received && !now.name && shown.view === "overview") shown = { view: "folder" };
    again();
  },
  progress(told) { $("#progress").textContent = told.text; document.body.classList.add("running"); },
  folder() {
    clearTimeout(later);
    later = setTimeout(() => { if (shown.view === "folder") again(); }, 400);
  },
  turn({ view, ...query }) { chosen = {}; show(view, query, true); },
  done(now) {
    if (dialog.open) dialog.close();
    stand(now);
    if (!now.last.bad) { all(".changed", main).forEach((one) => one.classList.remove("changed")); below = {}; }
    if (now.last.message || now.last.bad) say(now.last.message, now.last.bad);
    if (!unsaved()) again();
    else main.inert = false;
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

// For each kind of question its two buttons, and what stands before the line to type into where there is one.
const WORDS = {
  confirm: ["是", "否"],
  text: ["确定", "取消", ""],
  file: ["", "取消"],
  folder: ["选择这个文件夹", "取消"],
  target: ["保存在这个文件夹", "取消", "文件名"],
};

function ask({ kind, title, kinds = [], start = "" }) {
  return new Promise((resolve) => {
    const [yes, no, label] = WORDS[kind], list = $("#list"), input = $("#typed"), [first, second] = all(".choices button", dialog);
    const separator = start.includes("\\") ? "\\" : "/", cut = start.lastIndexOf(separator);
    const go = async (folder) => { list.innerHTML = await get("/files", { folder, kinds: kinds.join(" ") }); };
    let picked = null;
    $("#dialog-title").textContent = title;
    first.textContent = yes;
    first.hidden = !yes;
    second.textContent = no;
    input.parentNode.hidden = label === undefined;
    input.previousElementSibling.textContent = label || "";
    input.value = kind === "target" ? start.slice(cut + 1) : "";
    list.textContent = "";
    if (["file", "folder", "target"].includes(kind)) go(kind === "target" ? start.slice(0, cut) || separator : start);
    list.onclick = (e) => {
      const { folder, file } = (e.target.closest("button") || list).dataset;
      if (folder) go(folder);
      else if (file && kind === "target") input.value = e.target.textContent;
      else if (file) { picked = file; dialog.close("yes"); }
    };
    dialog.onclose = () => {
      if (dialog.open) return;  // it was the question before this one
      const here = $(".files", list)?.dataset.here || "";
      const into = here.replace(/[\\/]$/, "") + separator + input.value.trim();
      resolve(dialog.returnValue === "yes" ? { confirm: true, text: input.value, file: picked, folder: here, target: into }[kind] : null);
    };
    if (dialog.open) dialog.close();
    dialog.returnValue = "";
    dialog.showModal();
    (label !== undefined ? input : yes ? first : second).focus();
  });
}

// ---- clicks and keys

document.addEventListener("click", (e) => {
  const found = e.target.closest("[data-view], [data-press], [data-do], [data-print], [data-save], td[id]");
  if (!found || found.disabled || e.target.closest("dialog")) return;
  const { view, press: command, do: work, save: sheet, ...query } = found.dataset;
  if (found.tagName === "A") e.preventDefault();
  if (view) show(view, Object.fromEntries(Object.entries(query).filter(([, value]) => value)));
  else if (command) press(command);
  else if (work) send(work, query);
  else if (sheet) save(sheet);
  else if (found.tagName === "TD") pick(found);
  else window.print();
});
$("button", said).onclick = () => say("");
$("#over").onchange = async (e) => stand(await post("/do/over", { over: e.target.value === "1" }));
main.addEventListener("input", (e) => {
  if (!e.target.dataset.at) return;
  e.target.classList.add("changed");
  $("[data-save]", main).disabled = false;
});
async function save(sheet) {
  const cells = Object.fromEntries(all("[data-at].changed", main).map((one) => [one.dataset.at, one.value]));
  main.inert = true;
  const answer = await send("fill", { sheet, cells: { ...cells, ...below } });
  if (!answer.running) main.inert = false;
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
