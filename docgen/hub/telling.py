"""Who is told how the run went: a heartbeat for what notices that it does not come, and a digest for people.

Nobody who cannot be told fails the run, and no address, which is a secret, is ever shown."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from checks.model import Report, Status, msg
from checks.sources.secrets import resolve
from checks.spec.spec import Spec
from checks.spec.variables import SECRET
from docgen import labels
from docgen.hub import nights
from docgen.hub.nights import Night
from docgen.hub.run import UNHEARD, Run
from docgen.i18n import Translator
from docgen.translated import translated

_SECONDS = 10.0
_SHOWN = 15


class Telling:
    """Tells what `spec` wants to be told, about the hub; `say` is for what could not be told."""

    def __init__(self, spec: Spec, say: Callable[[str], None]) -> None:
        its, secrets = spec.publish, resolve(spec)
        self._spec, self._say = spec, say
        self._t = Translator(spec.language)
        found: list[list[str]] = []
        for references in ([its.heartbeat] if its.heartbeat else [], its.notify):
            names = [SECRET.findall(one)[0] for one in references]
            found.append([secrets[name] for name in names if name in secrets])
            for name in names:
                if name not in secrets:
                    reason = Translator("en").plain(secrets.missing[name])
                    say(f"docgen: nobody is told: secret `{name}`: {reason}")
        self._heartbeats, self._notified = found

    def starts(self, its: Run) -> None:
        """The run begins."""
        self._ping("/start")

    def fails(self, its: Run) -> Run:
        """The run failed; people are told of the first of several in a row."""
        self._ping("/fail", f"exit={its.code}")
        if its.told or not self._notified:
            return its
        t, its_own = self._t, self._spec.project
        if its.state == UNHEARD:
            title = msg("{project}: it is not known whether the documentation was published", project=its_own)
            said = msg(
                "The run of {at:time} sent all of it and got no answer (exit code {code}). The pages say of when they are.",
                at=its.began,
                code=str(its.code),
            )
            self._notify(t.plain(title), [t.plain(said), *self._link()])
            return its
        title = msg("{project}: the documentation was not published", project=its_own)
        said = msg(
            "The run of {at:time} failed (exit code {code}: {reason}). The pages of the run before it stay.",
            at=its.began,
            code=str(its.code),
            reason=its.reason or "–",
        )
        lines = [
            t.plain(said),
            t.plain(msg("You are told again when a run succeeds.")),
            *self._link(),
        ]
        return its._replace(told=self._notify(t.plain(title), lines))

    def ends(self, its: Run, report: Report, before: Night | None) -> None:
        """The run published `report`; `before` is the night before it."""
        self._ping("")
        if not self._notified:
            return
        told = digest(translated(report, self._spec.language), before, self._t)
        recovered = []
        if its.told and its.since:
            again = msg(
                "The documentation is published again; the runs since {at:time} had failed.", at=its.since
            )
            recovered = [self._t.plain(again)]
        if told or recovered:
            title = f"{self._spec.project}: {self._t.plain(labels.LIGHT[report.overall])}"
            self._notify(title, [*recovered, *told, *self._link()])

    def _link(self) -> list[str]:
        address = self._spec.publish.address
        return ["", f"{address}/{self._spec.language}/index.html"] if address else []

    def _ping(self, what: str, query: str = "") -> None:
        if not self._heartbeats:
            return
        from checks.sources import exchange
        from checks.sources.connection import Failed, NoVantage
        from checks.sources.limit import Limit
        from checks.sources.network import dial_from_here

        for url in self._heartbeats:
            parts = urlsplit(url)
            queries = "&".join(filter(None, (parts.query, query)))
            asked = urlunsplit(
                (parts.scheme, parts.netloc, parts.path.rstrip("/") + what or "/", queries, "")
            )
            headers = {"User-Agent": "docgen", "Accept": "*/*", "Connection": "close"}
            try:
                reply = exchange.exchange(
                    "GET",
                    asked,
                    headers,
                    dial_from_here,
                    Limit(_SECONDS),
                    verify=True,
                    ca=None,
                    max_bytes=4096,
                )
                why = "" if 200 <= reply.status < 300 else f"it answered {reply.status}"
            except Failed as error:
                why = error.error
            except (NoVantage, exchange.NoAuthorities, ValueError) as error:
                why = "unknown name, or no way there" if isinstance(error, NoVantage) else "no such address"
            if why:
                self._say(f"docgen: the heartbeat ({what.strip('/') or 'success'}) did not arrive: {why}")

    def _notify(self, title: str, lines: list[str]) -> bool:
        import logging

        try:
            import apprise
        except ImportError:
            self._say("docgen: nobody was notified: this needs the extra docgen[notify] (apprise).")
            return False
        logging.getLogger("apprise").addHandler(logging.NullHandler())
        logging.getLogger("apprise").propagate = False
        service = apprise.Apprise(
            asset=apprise.AppriseAsset(app_id="docgen", secure_logging=True, async_mode=False)
        )
        arrived = 0
        for url in self._notified:
            service.clear()
            try:
                sent = service.add(url) and service.notify(
                    body="\n".join(lines), title=title, body_format=apprise.NotifyFormat.TEXT
                )
            except Exception:  # noqa: BLE001 - any of a hundred services; what it says may hold the address
                sent = False
            arrived += bool(sent)
        if arrived < len(self._notified):
            lost = len(self._notified) - arrived
            self._say(f"docgen: {lost} of {len(self._notified)} notifications did not arrive.")
        return arrived > 0


def digest(report: Report, before: Night | None, t: Translator) -> list[str]:
    """What got worse since `before`, and what was resolved, as lines; none where neither is so."""
    worse, better = [], []
    names = {r.id: c.name for s in report.sections for c in s.components for r in c.results}
    for change in nights.changes(before, nights.of(report)):
        bad = change.after not in (None, *nights.FINE)
        if bad and (change.before in (None, *nights.FINE) or change.after is Status.FAIL):
            worse.append(change)
        elif change.before not in (None, *nights.FINE) and change.after in nights.FINE:
            better.append(change)
    lines = []
    for heading, changes in ((msg("Worse:"), worse), (msg("Resolved:"), better)):
        if changes:
            lines += ["", t.plain(heading)]
        for change in changes[:_SHOWN]:
            was = t.plain(labels.STATUS[change.before]) if change.before else t("new")
            now = t.plain(labels.STATUS[change.after]) if change.after else ""
            lines.append(f"- {names.get(change.id, '')} ({change.id}): {was} → {now}")
        if len(changes) > _SHOWN:
            lines.append(t.plain(msg("- and {n:int} more", n=len(changes) - _SHOWN)))
    return [*(t.plain(e.verdict) for e in report.environments), *lines] if lines else []
