"""Writes tests/fixtures/prompts: the wildcards, and what the package dynamicprompts makes of every template."""
import json
import logging
import random
import shutil
import warnings
from importlib.metadata import version
from pathlib import Path

from dynamicprompts.enums import SamplingMethod
from dynamicprompts.generators import JinjaGenerator
from dynamicprompts.parser.parse import parse
from dynamicprompts.sampling_context import SamplingContext
from dynamicprompts.wildcards import WildcardManager

import templates
import wildcards

OUT = Path(__file__).resolve().parents[2] / "tests/fixtures/prompts"
MOST = 400
CYCLES = 10
DRAWS = 20_000
JINJA_DRAWS = 1_500
METHODS = {"random": SamplingMethod.RANDOM, "combinatorial": SamplingMethod.COMBINATORIAL, "cyclical": SamplingMethod.CYCLICAL}


def sample(manager, template, kind, count, squash=False):
    context = SamplingContext(default_sampling_method=METHODS[kind], wildcard_manager=manager, ignore_whitespace=squash)
    return [str(text) for text in context.sample_prompts(template, count)]


def outcome(make) -> dict:
    """The results, or the name of what the package raises."""
    try:
        return {"results": make()}
    except (Exception, RecursionError) as error:
        return {"raises": type(error).__name__}


def frequencies(make, draws=DRAWS) -> dict:
    counts: dict[str, int] = {}
    for _ in range(draws):
        key = " / ".join(make())
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))


def drawn(manager, template, kind, together):
    command = parse(template)
    return frequencies(lambda: sample(manager, command, kind, together))


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    random.seed(1)
    folder = OUT / "wildcards"
    shutil.rmtree(folder, ignore_errors=True)
    wildcards.write(folder)
    manager = WildcardManager(folder)
    cases = []
    for group, texts in templates.COMBINATORIAL.items():
        for text in texts:
            cases.append({"group": group, "kind": "combinatorial", "template": text, **outcome(lambda: sample(manager, text, "combinatorial", MOST))})
    for text in templates.SQUASHED:
        cases.append({"group": "squashed", "kind": "combinatorial", "template": text, **outcome(lambda: sample(manager, text, "combinatorial", MOST, True))})
    for text in templates.CYCLICAL:
        cases.append({"group": "cyclical", "kind": "cyclical", "template": text, **outcome(lambda: sample(manager, text, "cyclical", CYCLES))})
    generator = JinjaGenerator(manager)
    for text, count in templates.JINJA:
        cases.append({"group": "jinja2", "kind": "jinja2", "template": text, "count": count, **outcome(lambda: [str(p) for p in generator.generate(text, count)])})
    chances = []
    for kind, given in [("random", templates.RANDOM), ("combinatorial", templates.COMBINATORIAL_RANDOM), ("cyclical", templates.CYCLICAL_RANDOM)]:
        for text, together in given:
            chances.append({"kind": kind, "template": text, "together": together, "counts": drawn(manager, text, kind, together)})
    for text, together in templates.JINJA_RANDOM:
        chances.append({"kind": "jinja2", "template": text, "together": together, "counts": frequencies(lambda: generator.generate(text, together)[:together], JINJA_DRAWS)})
    made_by = {name: version(name) for name in ["dynamicprompts", "pyparsing", "Jinja2", "PyYAML"]}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    more = ",\n".join(json.dumps(chance, ensure_ascii=False) for chance in chances)
    text = f'{{"madeBy": {json.dumps(made_by)},\n"cases": [\n{lines}\n],\n"chances": [\n{more}\n]}}\n'
    (OUT / "cases.json").write_text(text, encoding="utf-8")
    print(len(cases), "outcomes,", len(chances), "distributions")


main()
