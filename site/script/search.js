// The search: its index is part of the hub and is read by nobody but this page. Without script there is no field.
const box = document.getElementById("_find");
const data = box.dataset, field = box.querySelector("input"), list = box.querySelector("ol");
const said = box.querySelector("[role=status]"), panel = box.querySelector(".found");
const choices = [...box.querySelectorAll("select")];
const own = document.documentElement.lang, most = 10;
let opened = null, latest = 0;

// Each language has indexes of its own: one of documents, which every reader searches, and one of everything else.
async function open() {
  const base = new URL(data.index, location.href);
  return Promise.all(data.indexes.split(" ").map(async (name) => {
    const { createInstance } = await import(new URL(`${name}/pagefind.js`, base).href);
    const index = createInstance({ basePath: new URL(`${name}/`, base).pathname, noWorker: true, excerptLength: 24 });
    await index.init();
    return { language: name.split("-")[0], name, index };
  }));
}

// "haertung" means "Härtung", too.
function spellings(text) {
  const other = text.replace(/ae/gi, "ä").replace(/oe/gi, "ö").replace(/ue/gi, "ü").replace(/ss/gi, "ß");
  return other === text ? [text] : [text, other];
}

async function look() {
  const turn = ++latest, text = field.value.trim();
  panel.hidden = text.length < 2;
  if (panel.hidden) return;
  try { opened = opened || open(); await opened; } catch (error) { box.hidden = true; return; }
  const chosen = choices.map((choice) => choice.value).filter(Boolean);
  const places = new Map();
  for (const { language, name, index } of await opened) {
    const allowed = await Promise.all(chosen.map(async (word) => new Set((await index.search(word)).results.map((one) => one.id))));
    for (const spelling of spellings(text)) {
      const { results } = await index.search(spelling);
      for (const one of results) {
        const before = places.get(name + one.id);
        if (!allowed.every((ids) => ids.has(one.id)) || before && before.score >= one.score) continue;
        places.set(name + one.id, { score: one.score, data: one.data, language });
      }
    }
  }
  const best = [...places.values()].sort((a, b) => b.score - a.score);
  const shown = await Promise.all(best.slice(0, most).map(async (one) => ({ ...(await one.data()), language: one.language })));
  if (turn !== latest) return;
  list.replaceChildren(...shown.map(entry));
  said.textContent = best.length === 1 ? data.one : best.length ? data.many.replace("{n}", best.length) : data.none;
}

function entry(one) {
  const item = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
  const part = (one.sub_results || []).find((sub) => sub.anchor) || null;
  const inside = part && part.anchor && !one.meta.place.includes("#") ? `#${part.anchor.id}` : "";
  link.href = new URL(`${data.root}${one.meta.place}${inside}`, location.href).href;
  link.textContent = one.meta.title;
  if (inside) link.append(` · ${part.title}`);
  // The excerpt is text with marks: nothing else in it becomes an element.
  (part && inside ? part.excerpt : one.excerpt).replace(filtered, "").split(/(<mark>.*?<\/mark>)/).forEach((piece) => {
    const marked = piece.startsWith("<mark>");
    const words = decoded(marked ? piece.slice(6, -7) : piece);
    if (!marked) { text.append(words); return; }
    const mark = document.createElement("mark");
    mark.textContent = words;
    text.append(mark);
  });
  item.append(link, text);
  if (one.language !== own) item.lang = one.language;
  return item;
}

// The words that the filters go by.
const filtered = /(?:<mark>)?\bzz[b-t]{10}\b(?:<\/mark>)?/g;
const signs = { "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'", "&amp;": "&" };
const decoded = (text) => text.replace(/&(?:lt|gt|quot|#39|amp);/g, (sign) => signs[sign]);

function step(event) {
  const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement);
  if (event.key === "Escape") { field.value = ""; panel.hidden = true; field.focus(); return; }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp" || !links.length) return;
  if (event.target.tagName === "SELECT") return;
  event.preventDefault();
  const next = event.key === "ArrowDown" ? at + 1 : at - 1;
  (next < 0 ? field : links[Math.min(next, links.length - 1)]).focus();
}

let waiting = 0;
field.addEventListener("focus", () => { opened = opened || open(); opened.catch(() => { box.hidden = true; }); }, { once: true });
field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 120); });
choices.forEach((choice) => choice.addEventListener("change", look));
box.addEventListener("submit", (event) => { event.preventDefault(); look(); });
box.addEventListener("keydown", step);
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (event.key === "/" && !busy && !event.ctrlKey && !event.metaKey) { event.preventDefault(); field.focus(); }
});
box.hidden = false;
