(function () {
  "use strict";
  var line = document.getElementById("_age");
  var units = [["day", 86400], ["hour", 3600], ["minute", 60]];

  // The page itself holds no clock: how old it is now, only the reader's device can say.
  function age() {
    var data = line.dataset, now = Date.now();
    var expired = now > Date.parse(data.valid);
    var seconds = (now - Date.parse(data.collected)) / 1000;
    if (!(seconds > -120)) { line.hidden = true; return; }
    var text = data.now;
    for (var i = 0; i < units.length; i++) {
      var n = Math.floor(seconds / units[i][1]);
      if (n < 1) continue;
      text = n === 1 ? data[units[i][0]] : data[units[i][0] + "s"].replace("{n}", String(n));
      break;
    }
    line.textContent = expired ? data.expired.replace("{age}", text) : text;
    line.classList.toggle("expired", expired);
    line.hidden = false;
  }

  function unfold() {
    var id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch (error) { return; }
    var target = id && document.getElementById(id);
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    if (target) target.scrollIntoView();
  }

  var folded = [];
  addEventListener("beforeprint", function () {
    folded = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    folded.forEach(function (details) { details.open = true; });
  });
  addEventListener("afterprint", function () {
    folded.forEach(function (details) { details.open = false; });
  });
  addEventListener("hashchange", unfold);
  if (line) { age(); setInterval(age, 30000); }
  if (location.hash) unfold();
})();
