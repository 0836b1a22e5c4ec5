(function () {
  "use strict";
  var panel = document.getElementById("_filter");
  if (!panel) return;
  var boxes = Array.prototype.slice.call(panel.querySelectorAll("input[type=checkbox]"));
  var severity = panel.querySelector("select"), text = panel.querySelector("input[type=search]");
  var said = panel.querySelector("[role=status]"), reset = panel.querySelector("button");
  var ranks = ["critical", "high", "medium", "low"];
  var opened = [], waiting = 0;
  // Statuses that were asked for and that no row has: what is shown is what was asked for, be it nothing.
  var absent = [];

  function folded(value) {
    return value.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/ß/g, "ss");
  }

  // A row belongs to the group before it, whose words count for it, too.
  var group = null;
  var rows = Array.prototype.map.call(document.querySelectorAll("tbody.group, tbody.row"), function (body) {
    if (body.classList.contains("group")) { group = body; return null; }
    return { body: body, group: group, text: null };
  }).filter(Boolean);

  function words(row) {
    if (row.text === null) row.text = folded(row.body.textContent + " " + (row.group ? row.group.textContent : ""));
    return row.text;
  }

  function wanted() {
    var statuses = boxes.filter(function (box) { return box.checked; }).map(function (box) { return box.value; });
    return { statuses: statuses.concat(absent), severity: severity.value, text: text.value.trim() };
  }

  function remember(want) {
    var query = new URLSearchParams();
    if (want.statuses.length) query.set("status", want.statuses.join(","));
    if (want.severity) query.set("severity", want.severity);
    if (want.text) query.set("q", want.text);
    var search = query.toString() ? "?" + query.toString() : "";
    history.replaceState(null, "", location.pathname + search + location.hash);
    Array.prototype.forEach.call(document.querySelectorAll("header.hub a[hreflang]"), function (link) {
      link.search = search;
    });
  }

  function apply() {
    var want = wanted(), needle = folded(want.text), n = 0;
    var active = want.statuses.length > 0 || want.severity !== "" || needle !== "";
    var most = want.severity ? ranks.indexOf(want.severity) : ranks.length;
    var alive = [];
    rows.forEach(function (row) {
      var fits = (!want.statuses.length || want.statuses.some(function (s) { return row.body.classList.contains(s); })) &&
        ranks.indexOf(row.body.dataset.severity) <= most && (!needle || words(row).indexOf(needle) >= 0);
      row.body.classList.toggle("off", !fits);
      if (fits) { n += 1; alive.push(row.group, row.body.closest("details.fold"), row.body.closest("section")); }
    });
    rows.forEach(function (row) {
      [row.group, row.body.closest("details.fold"), row.body.closest("section")].forEach(function (part) {
        if (part) part.classList.toggle("off", active && alive.indexOf(part) < 0);
      });
    });
    opened.forEach(function (details) { details.open = false; });
    opened = active ? alive.filter(function (part) { return part && part.tagName === "DETAILS" && !part.open; }) : [];
    opened.forEach(function (details) { details.open = true; });
    said.textContent = panel.dataset.shown.replace("{n}", String(n)).replace("{all}", String(rows.length));
    reset.disabled = !active;
    remember(want);
  }

  function clear() {
    boxes.forEach(function (box) { box.checked = false; });
    absent = [];
    severity.value = "";
    text.value = "";
    apply();
  }

  // A link to a row that is filtered away lifts the filter.
  function reach() {
    var id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch (error) { return; }
    var target = id && document.getElementById(id);
    if (target && target.closest(".off")) { clear(); target.scrollIntoView(); }
  }

  var query = new URLSearchParams(location.search), statuses = (query.get("status") || "").split(",");
  boxes.forEach(function (box) { box.checked = statuses.indexOf(box.value) >= 0; });
  absent = statuses.filter(function (one) {
    return /^[a-z_]{2,20}$/.test(one) && !boxes.some(function (box) { return box.value === one; });
  });
  severity.value = ranks.indexOf(query.get("severity")) >= 0 ? query.get("severity") : "";
  if (severity.selectedIndex < 0) severity.value = "";
  text.value = (query.get("q") || "").slice(0, 200);
  panel.addEventListener("change", apply);
  text.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(apply, 150); });
  reset.addEventListener("click", function () { clear(); text.focus(); });
  addEventListener("hashchange", reach);
  panel.hidden = false;
  apply();
  reach();
})();
