/** The whole report as one file: it names no address, asks for nothing, and says the same without its script. */
import { counted } from '../shared/counted.ts';
import { createHash } from 'node:crypto';
import { markup, NOTHING, asMarkup, type Html } from './html.ts';
import { blocksInOrder } from './network-layout.ts';
import type { ReportPart, ReportRun } from './report.ts';
import { SCRIPT } from './script.ts';
import { idsOf, sectionMarkup, type Section } from './section.ts';
import { comparisonSection } from './sections/comparison.ts';
import { frontSection } from './sections/front.ts';
import { importanceSection } from './sections/importance.ts';
import { iterationsSection } from './sections/iterations.ts';
import { nextStepsSection } from './sections/next-steps.ts';
import { networkSection } from './sections/network.ts';
import { picturesSection } from './sections/pictures.ts';
import { planSection, reproduceSection } from './sections/plan.ts';
import { progressSection } from './sections/progress.ts';
import { recipeSection } from './sections/recipe.ts';
import { troublesSection } from './sections/troubles.ts';
import { verdictSection } from './sections/verdict.ts';
import { STYLE } from './style.ts';
import { dateText } from './words.ts';
import type { Drawing } from './report.ts';

export interface PageSettings {
  /** Of autombw. */
  readonly version: string;
  /** Drawings of all runs together; only for several. */
  readonly together: readonly Drawing[];
  /** Of each table of iterations. */
  readonly mostRows: number;
}

/** @param parts at least one */
export function reportPage(parts: readonly ReportPart[], settings: PageSettings): string {
  const title =
    parts.length === 1 ? `${parts[0]?.run.name ?? ''}: report` : `Report on ${counted(parts.length, 'run')}`;
  const body = parts.length === 1 ? singleRun(parts, settings) : severalRuns(parts, settings);
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hashOf(SCRIPT)}'; base-uri 'none'; form-action 'none'"
        />
        <meta name="referrer" content="no-referrer" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>${asMarkup(STYLE)}</style>
      </head>
      <body>
        <a class="skip-link" href="#content">Skip to content</a>
        ${body}
        <footer>
          <p>
            Made by autombw ${settings.version} from ${parts.length === 1 ? 'the journal' : 'the journals'} of
            the ${parts.length === 1 ? 'run' : 'runs'}. This file needs neither a server nor the network.
          </p>
        </footer>
        <script>${asMarkup(SCRIPT)}</script>
      </body>
</html>
`.markup;
}

function hashOf(script: string): string {
  return createHash('sha256').update(script).digest('base64');
}

function singleRun([part]: readonly ReportPart[], settings: PageSettings): Html {
  if (part === undefined) return NOTHING;
  const sections = sectionsOf(part, settings, 0);
  return markup`<header>
      <h1>${part.run.name}</h1>
      ${subtitle(part.run)} ${contents(sections)}
    </header>
    <main id="content">${sections.map((section) => sectionMarkup(section, 2))}</main>`;
}

function severalRuns(parts: readonly ReportPart[], settings: PageSettings): Html {
  const runs = parts.map(({ run }) => run);
  const comparison = comparisonSection(runs, settings.together, (name) => `all-${name}`);
  const runSections = parts.map((part, i) => {
    const sections = sectionsOf(part, settings, i);
    const id = idsOf(i)('run');
    const body = markup`${subtitle(part.run)} ${contents(sections)}
    ${sections.map((section) => sectionMarkup(section, 3))}`;
    return { id, title: `${i + 1}. ${part.run.name}`, body };
  });
  return markup`<header>
      <h1>${counted(parts.length, 'run')}</h1>
      ${contents([comparison, ...runSections])}
    </header>
    <main id="content">${[comparison, ...runSections].map((section) => sectionMarkup(section, 2))}</main>`;
}

function subtitle({ models, began, end }: ReportRun): Html {
  return markup`<p class="sub">
    A · ${models.a.name} and B · ${models.b.name}, merged block by block.
    ${began === undefined ? '' : `${dateText(began)}. `}${end.sentence}
  </p>`;
}

function contents(sections: readonly Section[]): Html {
  return markup`<nav aria-label="Contents">
    <ul>
      ${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>`)}
    </ul>
  </nav>`;
}

/** In the order in which somebody asks. */
function sectionsOf(
  { run, album, drawings }: ReportPart,
  { version, mostRows }: PageSettings,
  position: number,
): Section[] {
  const ids = idsOf(position);
  const [first] = run.trials;
  const weights = run.recommended?.weights ?? first?.weights ?? {};
  const blocks = blocksInOrder(run.plan?.space.architecture, weights);
  const sections = [
    verdictSection(run, ids),
    frontSection(run, ids),
    nextStepsSection(run, ids),
    picturesSection(album, ids),
    importanceSection(run, ids),
    networkSection(run, ids),
    progressSection(run, drawings, ids),
    recipeSection(run, ids),
    troublesSection(run, ids),
    iterationsSection(run, { blocks, mostRows }, ids),
    planSection(run, ids),
    reproduceSection(run, version, ids),
  ];
  return sections.filter((section) => section !== undefined);
}
