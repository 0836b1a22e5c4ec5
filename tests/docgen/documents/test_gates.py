"""What the document about the gates knows of each layer."""

from __future__ import annotations

from docgen.documents import composed
from docgen.renderers.document import render

from .demo import Demo


def page(demo: Demo, state: str, environment: str | None) -> str:
    source = demo.source(state, environment)
    return render(composed("gates", source), source.report, "md", "en").decode()


def test_each_layer_says_where_it_stands_and_how_far_the_run_got(demo: Demo) -> None:
    staging = page(demo, "blocked", "staging")
    workflow = (demo.folders["blocked"] / "world/checkout/.github/workflows/deploy-staging.yml").read_text(
        "utf-8"
    )
    line = {text: n for n, text in enumerate(map(str.strip, workflow.splitlines()), 1)}
    for said in (
        "**Workflow:** `.github/workflows/deploy-staging.yml`",
        f"deploy-staging / Verify Release Structure (Pre-Switch Gate) (`deploy-staging.yml:{line['test -f artisan']}`)",
        "**Besides:** `php -r \"require 'vendor/autoload.php'; echo 'autoload-ok';\"`, `php artisan --version`",
        "**Tries:** 9 of 9",
        "**The gate in it:** ✅ passed",
        "behind `extract (deploy-staging.yml:",
        "before `migrate (deploy-staging.yml:",
        # What comes behind the switch is a layer as well.
        "| 5 requests: ",
        "⏳ not reached",
        "| Automatic rollback | auto-rollback / Switch back",
        # The run as a link, and what holds it up with what to do.
        "](<https://github.com/acme/api-gateway/actions/runs/1102>)",
        "`sudo: a password is required`",
        "Let the deployment account run this one step without a password",
    ):
        assert said.replace("(Pre", "\\(Pre").replace("Gate)", "Gate\\)") in staging or said in staging, said


def test_a_rehearsal_says_how_much_it_tried(demo: Demo) -> None:
    production = page(demo, "blocked", "prod")
    assert "in the rehearsal, only 2 of 9 checks were tried" in production.split("##")[0]
    assert "Met, 2 of 9 tried" in production
    assert "has never run" in production


def test_only_what_is_about_the_gates_or_the_deployment_is_a_known_problem(demo: Demo) -> None:
    assert all("hub is open" not in page(demo, "blocked", e) for e in ("prod", "staging", None))
    # What production waits for stands in its document too.
    assert "Permissions Fix" in page(demo, "blocked", "prod")
    assert "Permissions Fix" not in page(demo, "deployed", "prod")
