from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from checks.kinds.migrations import probes
from checks.knowledge.migrations import statuses
from checks.model import Fact, Judgement, Observation, Verdict
from checks.sources.verbs.run import commands
from checks.testing import denied, failed, judge, observed, validated
from docgen.i18n import Translator

FILES = Path(__file__).parents[2] / "world/files"
CONFORM, DEVIATES, UNDETERMINED = Verdict.CONFORM, Verdict.DEVIATES, Verdict.UNDETERMINED
EN = Translator("en")
USERS, SPLIT, LATE = "2014_10_12_create_users_table", "2025_11_01_split_the_name", "2025_11_02_late"
LONG = "2025_11_03_" + "a_name_that_is_longer_than_a_terminal_is_wide_" * 2
HARMLESS = """\
Schema::table('users', function (Blueprint $table) {
            $table->string('first')->nullable();
            // $table->dropColumn('name');
            $table->dropForeign('users_team_id_foreign');
            DB::statement('ALTER TABLE users DROP INDEX users_name');
        });"""


def migration(up: str = HARMLESS) -> str:
    return f"""<?php
return new class extends Migration
{{
    public function up(): void
    {{
        {up}
    }}

    /**
     * Undo: dropColumn('first').
     */
    public function down(): void
    {{
        Schema::dropIfExists('users');
    }}
}};
"""


def release(app: Path, name: str, **migrations: str) -> None:
    """A release with `migrations`: name to what stands in its file."""
    folder = app / "releases" / name
    (folder / "database/migrations").mkdir(parents=True)
    (folder / "vendor").mkdir()
    shutil.copy(FILES / "artisan", folder)
    shutil.copy(FILES / "autoload.php", folder / "vendor")
    for one, text in migrations.items():
        (folder / "database/migrations" / f"{one}.php").write_text(text)


def ran(app: Path, *names: str) -> None:
    (app / "shared/database").write_text("".join(f"{name}\n" for name in names))


def fill(app: Path, up: str = HARMLESS) -> Path:
    """A live release, and one whose deployment failed after it had migrated."""
    (app / "shared").mkdir()
    release(app, "1", **{USERS: migration()})
    release(app, "2", **{USERS: migration(), SPLIT: migration(up)})
    (app / "current").symlink_to("releases/1")
    ran(app, USERS, SPLIT)
    return app


@pytest.fixture
def app(tmp_path: Path) -> Path:
    assert shutil.which("php"), "php is needed: apt-get install php-cli"
    return fill(tmp_path)


def asked(app: Path, facts: dict[str, Fact] | None = None, **more: Any) -> Judgement:
    declared = {"path": "current", "runs-application-code": True, **more}
    return judge("migrations", declared, root=str(app), **(facts or {}))


def said(judgement: Judgement) -> dict[str, tuple[str, Verdict]]:
    return {
        EN.plain(a.name) if a.name else "": (EN.plain(a.actual) if a.actual else "–", a.verdict)
        for a in judgement.aspects
    }


def reason(judgement: Judgement) -> str:
    return EN.plain(judgement.reason) if judgement.reason else ""


@pytest.fixture(params=["dots", "table"])
def form(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Makes the application answer in one of the forms that Laravel has had."""
    return lambda app: (app / "shared/laravel-8").touch() if request.param == "table" else None


def test_nothing_pending(app: Path, form: Callable[[Path], None]) -> None:
    form(app)
    made = asked(app)
    assert (made.verdict, said(made)) == (CONFORM, {"live release": ("nothing pending", CONFORM)})


def test_pending_migrations_are_named(app: Path, form: Callable[[Path], None]) -> None:
    form(app)
    release(app, "3", **{USERS: migration(), LATE: migration(), LONG: migration()})
    made = asked(app, path="releases/3")
    assert said(made)["live release"] == (f"2 pending: {LATE}, {LONG}", DEVIATES)


def test_a_failed_deployment_had_migrated(app: Path, form: Callable[[Path], None]) -> None:
    form(app)
    release(app, "3", **{USERS: migration(), SPLIT: migration(), LATE: migration()})
    made = asked(app, candidate="releases/3")
    assert said(made) == {
        "live release": ("nothing pending", CONFORM),
        "schema": (f"ahead of the live release by 1: {SPLIT}", DEVIATES),
        "going back": ("nothing dropped, renamed or changed", CONFORM),
    }
    notes = [EN.plain(a.note) for a in made.aspects if a.note]
    assert notes == [
        "1 of the candidate is pending.",
        "Only this was looked for, and only in the files of these migrations.",
    ]


def test_a_candidate_that_has_not_migrated(app: Path) -> None:
    ran(app, USERS)
    made = asked(app, candidate="releases/2")
    assert said(made)["schema"] == ("not ahead of the live release", CONFORM)
    assert "going back" not in said(made) and made.verdict is CONFORM


@pytest.mark.parametrize(
    ("up", "words"),
    [
        ("$table->dropColumn('name');", "drops: $table->dropColumn('name');"),
        ("Schema::drop('users');", "drops: Schema::drop('users');"),
        ("Schema::dropIfExists('users');", "drops: Schema::dropIfExists('users');"),
        ("$table->dropSoftDeletes();", "drops: $table->dropSoftDeletes();"),
        ("DB::statement('alter table users drop column name');", "drops: DB::statement("),
        ("DB::statement('ALTER TABLE users DROP name');", "drops: DB::statement("),
        ("DB::statement('ALTER TABLE users CHANGE `name` `full` TEXT');", "changes: DB::statement("),
        ("DB::statement('ALTER TABLE users\n            RENAME name TO full');", "renames: RENAME name TO full"),
        ("DB::table('users')->whereNull('x')->delete();", "drops: DB::table('users')"),
        ("$table->renameColumn('name', 'full');", "renames: $table->renameColumn('name', 'full');"),
        ("Schema::rename('users', 'people');", "renames: Schema::rename('users', 'people');"),
        ("$table->string('name', 50)\n            ->change();", "changes: ->change();"),
        ("}\n\n    private function tidy(): void\n    {\n        Schema::drop('old');", "drops: Schema::drop('old');"),
        ("} public function x() { Schema::drop('a'); ", "drops: } public function x() { Schema::drop('a');"),
    ],
)  # fmt: skip
def test_what_makes_going_back_unsafe(tmp_path: Path, up: str, words: str) -> None:
    made = asked(fill(tmp_path, up), candidate="releases/2")
    text, verdict = said(made)["going back"]
    assert verdict is DEVIATES and text.startswith(f"not safe: {SPLIT} {words}"), text


def test_only_the_migrations_that_are_ahead_are_read(app: Path) -> None:
    (app / f"releases/2/database/migrations/{USERS}.php").write_text(migration("Schema::drop('users');"))
    release(app, "3", **{USERS: migration(), SPLIT: migration(), LATE: migration("Schema::drop('x');")})
    for candidate in ("releases/2", "releases/3"):
        assert said(asked(app, candidate=candidate))["going back"][1] is CONFORM


def test_a_migration_whose_file_is_elsewhere_was_not_read(app: Path) -> None:
    made = asked(app, candidate="releases/2", folder="database/other")
    assert said(made)["going back"] == ("–", UNDETERMINED)
    (app / f"releases/2/database/migrations/{SPLIT}.php").write_text("<?php require 'elsewhere.php';")
    made = asked(app, candidate="releases/2")
    assert said(made)["going back"] == ("–", UNDETERMINED)
    assert made.reason and SPLIT in reason(made)
    assert made.verdict is DEVIATES, "that the schema is ahead was seen"


def test_no_database(app: Path) -> None:
    ran(app, "down")
    made = asked(app)
    assert (made.verdict, made.observation) == (UNDETERMINED, Observation.ERROR)
    assert "It said: SQLSTATE[HY000] [2002] Connection refused" in reason(made)
    assert "canary-dsn-Vb62kRw8" not in repr(made)


def test_no_migrations_at_all_prove_nothing(app: Path) -> None:
    release(app, "3")
    made = asked(app, path="releases/3")
    assert (made.verdict, reason(made)) == (UNDETERMINED, "It found no migrations.")


@pytest.mark.parametrize(
    "stdout",
    [
        "",
        "Laravel Framework 11.46.0\n",
        "  Migration name .......... Batch / Status\n",
        "  Migration name .......... Batch / Status\n  2014_create_users ..... [1] Gone\n",
        "  Migration name .......... Batch / Status\n  2014_create_users ..... [1] Ran\n  2015_a_long\n  name ... Pending\n",
        "| Ran? | Migration | Batch |\n| Maybe | 2014_create_users | 1 |\n",
        "| Ran? | Migration | Batch |\n  2014_create_users ..... [1] Ran\n",
        "Migration name ... Batch / Status\n2014_create_users ... [1] Ran\n" + "x" * 300_000,
    ],
)  # fmt: skip
def test_what_is_not_understood_is_never_green(stdout: str) -> None:
    there = observed({"type": "file"})
    answer = observed({"exit_code": 0, "stdout": stdout, "stderr": "", "found": [], "found_stderr": []})
    made = judge("migrations", {"path": "/app", "runs-application-code": True}, live_entry=there, live=answer)
    assert (made.verdict, made.observation) == (UNDETERMINED, Observation.MALFORMED)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Laravel 5.5, 8, 9.0
        ("+------+\n| Ran? | Migration |\n+------+\n| Y | a_b |\n| N | c |\n+------+\n", {"a_b": True, "c": False}),
        ("| Ran? | Migration | Batch |\n| Yes | a_b | 12 |\n| No | c |       |\n", {"a_b": True, "c": False}),
        # Laravel 9.21 to 12
        ("\n  Migration name .... Batch / Status  \n  a_b .... [12] Ran\n  c ... Pending  \n\n", {"a_b": True, "c": False}),
        ("PHP Deprecated:  x\nMigration name Batch / Status\na_b  [1] Ran\n", {"a_b": True}),
        ("\n   INFO  No migrations found.  \n\n", {}),
        ("No migrations found\n", {}),
    ],
)  # fmt: skip
def test_the_forms_that_laravel_has_had(text: str, found: dict[str, bool]) -> None:
    assert statuses(text) == found


def test_what_is_missing(app: Path) -> None:
    made = asked(app, path="releases/9")
    assert (made.verdict, made.observation) == (DEVIATES, Observation.ABSENT)
    made = asked(app, candidate="releases/9")
    assert (made.verdict, made.observation) == (UNDETERMINED, Observation.ABSENT)
    assert reason(made) == f"{app}/releases/9/artisan is missing"
    made = asked(app, binary="php-that-is-nowhere")
    assert (made.verdict, reason(made)) == (UNDETERMINED, "php-that-is-nowhere was not found on the host.")


@pytest.mark.parametrize("hidden", ["artisan", "database/migrations", "."])
def test_what_may_not_be_read_is_not_missing(unprivileged: Path, hidden: str) -> None:
    app = fill(unprivileged)
    (app / "releases/2" / hidden).chmod(0)
    made = asked(app, candidate="releases/2")
    assert made.verdict is UNDETERMINED, made
    if hidden != "database/migrations":
        assert made.observation is Observation.DENIED and made.remedy


def test_what_was_not_seen_blanks_nothing_else(app: Path) -> None:
    for other in (denied(), failed(Observation.TIMEOUT)):
        made = asked(app, {"candidate": other}, candidate="releases/2")
        assert said(made)["live release"][1] is CONFORM
        assert (made.verdict, made.observation) == (UNDETERMINED, other.observation)
        made = asked(app, {"files": other}, candidate="releases/2")
        assert [verdict for _, verdict in said(made).values()] == [CONFORM, DEVIATES, UNDETERMINED]


def test_application_code_is_marked_and_asked_for() -> None:
    p = validated("migrations", {"path": "/app", "candidate": "/new", "runs-application-code": True})
    runs = {role: probe for role, probe in probes(p).items() if probe.verb == "run"}
    marked = {role: commands([probe])[0].application for role, probe in runs.items()}
    assert marked == {"live": True, "candidate": True, "files": False}
    with pytest.raises(ValidationError, match="runs-application-code: true"):
        validated("migrations", {"path": "/app"})


@pytest.mark.parametrize("declared", [{"binary": "php -r"}, {"binary": "sh"}, {"folder": "../x"}])
def test_nonsense(declared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        validated("migrations", {"path": "/app", "runs-application-code": True, **declared})
