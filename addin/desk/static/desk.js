"use strict";
// The page's own movements: views are asked for as pieces of HTML, clicks are sent, events are heard. No budget here.
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const { content: key, dataset: { place } } = $("meta[name=key]"), main = $("#main"), dialog = $("#dialog"), said = $("#said");
const changed = () => all(".changed", main);
let shown = { view: "overview" }, chosen = {}, seen = 0, lost = 0, running = false, asked = 0, later, events;

history.replaceState(null, "", place);

const url = (path, query) => `${path}?${new URLSearchParams({ ...query, key })}`;
const get = async (path, query) => (await fetch(url(path, query))).text();

async function post(path, body, query) {
  const response = await fetch(url(path, query), { method: "POST", body }).catch(() => new Response(null, { status: 503 }));
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) say(answer.message || "工作台已经结束或没有回应，请抄下没有保存的内容，重新打开工作台。", true);
  return response.ok;
}

// A button's work on the other side; what was said before is gone.
function press(command, query) {
  say("");
  return post("press", JSON.stringify({ command, over: $("#over").value, ...chosen, ...query }));
}

function say(text, bad = false) {
  said.hidden = !text;
  said.classList.toggle("bad", bad);
  $("p", said).textContent = text;
  if (text) said.scrollIntoView({ block: "nearest" });
}

async function show(view, query, keep = false) {
  if (!keep && !leaves()) return;
  const number = ++seen, same = keep && shown.view === view && shown.name === query.name;
  shown = { ...query, view };
  all(".tabs button").forEach((b) => { b.ariaCurrent = b.dataset.view === view ? "page" : null; });
  main.setAttribute("aria-busy", "true");
  const text = await get(`view/${view}`, query);
  if (number !== seen) return;
  const active = document.activeElement, held = main.contains(active) && known(active);
  const before = same ? frames().map((one) => [one.scrollLeft, one.scrollTop]) : [[0, 0]];
  main.innerHTML = text;
  frames().forEach((one, place) => one.scrollTo(...(before[place] || [0, 0])));
  if (held) (all("a, button, [data-at]", main).find((one) => known(one) === held) || main).focus({ preventScroll: true });
  locks();
  main.inert = false;
  main.removeAttribute("aria-busy");
  const picture = $("[data-picture]", main), cell = $("td.chosen", main);
  if (picture) picture.src = url(`picture/${picture.dataset.picture}`);
  if (!cell) return;
  if (!same) cell.scrollIntoView({ block: "center", inline: "center" });
  if (held) ($("button, [data-at]", cell) || main).focus({ preventScroll: true });
  pick(cell);
}

// What scrolls by itself; and what tells something that can have the focus from all else, in a view that is shown anew.
const frames = () => [main, ...all(".paper, .folder-grid, .unit", main)];
const known = (one) => [one.tagName, one.textContent, one.dataset.at, one.closest("td")?.id].join();

// Whether what is typed and not saved is given up, where there is something.
function leaves() {
  if (changed().length && !confirm("这张表有填写的内容还没有保存，确定不要了吗？")) return false;
  changed().forEach((one) => one.classList.remove("changed"));
  return true;
}

const again = () => show(shown.view, shown, true);

async function pick(cell) {
  all(".chosen", main).forEach((other) => other.classList.remove("chosen"));
  cell.classList.add("chosen");
  chosen = { sheet: shown.name, cell: cell.id };
  if ($("button", cell)) $("#sources").innerHTML = await get("view/sources", { name: shown.name, cell: cell.id });
}

// ---- what the page hears

function stand(now) {
  running = Boolean(now.running);
  $("#file").textContent = now.name ? now.path : "没有打开工作簿";
  document.title = now.name ? `${now.name} - 预算公开工作台` : "预算公开工作台";
  $("#reload").hidden = !now.name;
  $("#progress").textContent = now.running ? `${now.running}：正在进行…` : "就绪";
  document.body.classList.toggle("running", running);
  all("[data-press]").forEach((b) => { b.disabled = running || ("book" in b.dataset && !now.name); });
  locks();
}

// While a button runs nothing is typed: it might be of what was before.
const locks = () => all("[data-at]", main).forEach((one) => { one.disabled = running; });

const heard = {
  state(now) {
    stand(now);
    if (now.received && !now.name && shown.view === "overview") shown = { view: "folder" };
    if (!changed().length) again();
  },
  begun: stand,
  progress(told) { $("#progress").textContent = told.text; document.body.classList.add("running"); },
  folder() {
    clearTimeout(later);
    later = setTimeout(() => { if (shown.view === "folder") again(); }, 400);
  },
  turn(to) { chosen = {}; if (!changed().length) show(to.view, to, true); },
  done(now) {
    dialog.close();
    stand(now);
    if (now.last.message) say(now.last.message, now.last.bad);
    // Only while it is saved is the view locked: then what was typed is in the file, else it must not be lost.
    if (!changed().length || (main.inert && !now.last.bad)) again();
    else main.inert = false;
  },
  question({ number }) { asked = number; ask(); },
};

function listen() {
  events = new EventSource(url("events"));
  Object.keys(heard).forEach((kind) => events.addEventListener(kind, (e) => heard[kind](JSON.parse(e.data))));
  events.onopen = () => { lost = 0; };
  events.onerror = () => {
    // The browser tries again by itself; a page that nobody answers for some time has outlived its program.
    if (events.readyState !== EventSource.CLOSED && ++lost < 4) return;
    events.close();
    $("#progress").textContent = "工作台已经结束，可以关闭本页。";
    all("button, select").forEach((one) => { one.disabled = true; });
    all("textarea, input").forEach((one) => { one.readOnly = true; });  // what was typed can still be copied
  };
}
listen();
// The page that takes this one's place is let in once nobody listens; where she stays after all, it listens again.
window.addEventListener("beforeunload", (e) => {
  if (changed().length) e.preventDefault();
  events.close();
  setTimeout(listen, 1500);
});

// ---- questions

async function ask(query) {
  dialog.innerHTML = await get("question", query);
  if (!dialog.open) dialog.showModal();
  ($("input", dialog) || $(".files button, .choices button", dialog))?.focus();
}

function answer(chosen) {
  const typed = $("input", dialog)?.value || "";
  dialog.close();
  post("answer", JSON.stringify({ number: asked, chosen, typed }));
}

dialog.oncancel = () => answer("");
dialog.onsubmit = (e) => { e.preventDefault(); answer(e.submitter.value); };
dialog.onclick = (e) => {
  const { folder, file } = e.target.dataset, input = $("input", dialog);
  if (folder) ask({ folder, typed: input?.value || "" });
  if (file && input) input.value = file;
};

// ---- clicks and keys

document.addEventListener("click", (e) => {
  const found = e.target.closest("[data-view], [data-press], [data-do], td[id]");
  if (!found || found.disabled || e.target.closest("dialog")) return;
  const { view, press: command, do: own, ...query } = found.dataset;
  if (found.tagName === "A") e.preventDefault();
  if (view) show(view, query);
  else if (own === "save") save();
  else if (own) { if (leaves()) press(own, query); }
  else if (!command) pick(found);
  else if (changed().length) say("有填写的内容还没有保存，请先点“保存填写”。", true);
  else press(command);
});
$("button", said).onclick = () => say("");
main.addEventListener("input", (e) => {
  if (!e.target.dataset.at) return;
  e.target.classList.add("changed");
  $("[data-do=save]", main).disabled = false;
});
async function save(pasted) {
  const cells = Object.fromEntries(changed().map((one) => [one.dataset.at, one.value]));
  main.inert = true;
  const { name: sheet, version } = $("[data-do=save]", main).dataset;
  if (!(await press("save", { sheet, version, cells, pasted }))) main.inert = false;
}
// What is copied from a spreadsheet goes into the cells from here on, row by row; lines of text belong into one cell.
main.addEventListener("paste", (e) => {
  const [text, html] = ["text/plain", "text/html"].map((kind) => e.clipboardData.getData(kind)), { at } = e.target.dataset;
  if (!at || !/\t|\n./.test(text) || (e.target.tagName === "TEXTAREA" && !/\t/.test(text) && !/<table/i.test(html))) return;
  e.preventDefault();
  save({ [at]: text });
});
["dragover", "dragleave", "drop"].forEach((kind) => document.addEventListener(kind, (e) => {
  e.preventDefault();
  $("#drop").hidden = kind !== "dragover";
  const file = kind === "drop" && e.dataTransfer.files[0];
  if (file?.size > 60e6) say("文件超过60MB，不像预算公开工作簿，没有打开。", true);
  else if (file && leaves()) post("upload", file, { name: file.name });
}));
