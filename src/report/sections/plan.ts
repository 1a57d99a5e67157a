/** What was searched, by what, and how to do it again. */
import { withoutSecrets } from '../../config/without-secrets.ts';
import { counted } from '../../shared/counted.ts';
import type { SearchPlan } from '../../journal/record.ts';
import { markup, NOTHING, type Fragment, type Html } from '../html.ts';
import type { ReportModel, ReportRun } from '../report.ts';
import { copyable, facts, folded, table, type Ids, type Section } from '../section.ts';
import { shellWord, weightText } from '../words.ts';

export function planSection(run: ReportRun, ids: Ids): Section {
  const { plan, judging } = run;
  const body =
    plan === undefined
      ? markup`<p>
            This journal was recovered from a log, which does not record the payloads and scorers behind the
            scores.
          </p>
          ${facts([...modelFacts(run), ['Journal', run.journal]])}`
      : markup`${facts([
          ...modelFacts(run),
          ['Network', spaceText(plan)],
          ['Images', imagesText(plan)],
          [
            'Scorer',
            markup`${scorersText(plan)}${judging !== undefined && markup`<br />${judging.sentence}`}`,
          ],
          ['Optimizer', optimizerText(plan)],
          ...serverFacts(plan),
          ['Journal', run.journal],
        ])}
        ${folded(`${counted(plan.requests.length, 'request')}: prompts and seeds`, requestTable(plan))}`;
  return { id: ids('plan'), title: 'The plan', body };
}

function modelFacts({ models: { a, b }, plan }: ReportRun): (readonly [string, Fragment])[] {
  if (plan !== undefined && plan.config.modelA === plan.config.modelB) return [['Model', modelText(a)]];
  return [
    ['Model A (0)', modelText(a)],
    ['Model B (1)', modelText(b)],
  ];
}

function modelText({ name, file, hash }: ReportModel): Html {
  return markup`${file ?? name}${hash !== undefined && markup` <code>${hash}</code>`}`;
}

function spaceText({ space }: SearchPlan): string {
  const { architecture, dimensions, fixed } = space;
  const ranges = [...new Set(dimensions.map(({ low, high }) => `${weightText(low)} to ${weightText(high)}`))];
  const bounds = ranges.length === 1 ? ` from ${ranges[0]}` : ', each within its own bounds';
  const still = Object.keys(fixed);
  const rest = still.length === 0 ? '' : `; not searched: ${still.join(', ')}`;
  return `${architecture}, ${counted(dimensions.length, 'weight')}${bounds}${rest}`;
}

function imagesText({ requests, config, imageOrder }: SearchPlan): string {
  const payloads = new Set(requests.map(({ payload }) => payload)).size;
  const images = requests.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const most = config.imagesPerTrial;
  const each =
    imageOrder === undefined
      ? ''
      : typeof most === 'number'
        ? `; an iteration gets ${most} of them, the best get all`
        : '; an iteration starts with a few of them, and promising ones get more';
  return `${counted(images, 'image')} of ${counted(payloads, 'payload')}${each}`;
}

function scorersText({ scorers, tally, config }: SearchPlan): string {
  const each = scorers.map(({ id, version, weight, map }) => {
    const parts = [
      version,
      ...(weight === 1 ? [] : [`weight ${weight}`]),
      ...(map === 'identity' ? [] : [map]),
    ];
    return `${id} (${parts.join(', ')})`;
  });
  const combined = scorers.length > 1 && config.combine !== undefined ? `, combined: ${config.combine}` : '';
  return `${each.join(', ')}${combined}; tally: ${tally}`;
}

function optimizerText({ optimizer: { name, seed, second } }: SearchPlan): string {
  return `${name}${second === null ? '' : `, then ${second.name}`}, seed ${seed}`;
}

function serverFacts({ server }: SearchPlan): (readonly [string, Fragment])[] {
  if (server === null) return [];
  const { family, version, mergeWay, settings = {} } = server;
  const unusual = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [
    ['Server', `${family}${version === null ? '' : ` ${version}`}, merged by ${mergeWay}`],
    ...(unusual.length === 0 ? [] : [['Its settings', unusual.join(', ')] as const]),
  ];
}

/** Long folders of payloads are told in the journal. */
const MOST_REQUESTS = 200;

function requestTable({ requests }: SearchPlan): Html {
  const left = requests.length - MOST_REQUESTS;
  return markup`${table(
    'Requests',
    [{ title: 'payload' }, { title: 'prompt' }, { title: 'negative prompt' }, { title: 'seeds' }],
    requests
      .slice(0, MOST_REQUESTS)
      .map(({ payload, prompt, negativePrompt, seeds }) => [
        markup`<span dir="auto">${payload}</span>`,
        longText(prompt),
        longText(negativePrompt),
        seedsText(seeds),
      ]),
  )}${left > 0 && markup`<p class="note">${counted(left, 'further request')}: see the journal.</p>`}`;
}

/** Characters of a prompt that are shown. */
const LONGEST_PROMPT = 2000;

function longText(text: string): Html {
  const shown = text.length > LONGEST_PROMPT ? `${text.slice(0, LONGEST_PROMPT)}…` : text;
  return markup`<span class="prompt" dir="auto">${shown}</span>`;
}

function seedsText(seeds: readonly number[]): string {
  return seeds.length > 12 ? `${seeds.slice(0, 12).join(', ')} … (${seeds.length})` : seeds.join(', ');
}

export function reproduceSection(run: ReportRun, version: string, ids: Ids): Section {
  const { plan, journal, name } = run;
  const file = `${name}.config.json`;
  const again =
    plan === undefined
      ? NOTHING
      : markup`<p>
            To repeat the same search, save the configuration as a file, with the payloads at the paths it names.
            It does not contain secrets.
          </p>
          ${copyable(ids('again'), 'Search again', `autombw search --config ${shellWord(file)}`)}
          ${folded(file, copyable(ids('config'), 'Configuration', JSON.stringify(withoutSecrets(plan.config), undefined, 2)))}`;
  const words = shellWord(journal);
  const commands = ['report', 'explain', ...(plan === undefined ? [] : ['prove', 'rescore']), 'plot'];
  const body = markup`${again}
    ${copyable(ids('commands'), 'More of this run', commands.map((command) => `autombw ${command} ${words}`).join('\n'))}
    <p class="quiet">
      Report made by autombw
      ${version}${plan !== undefined && `; scorers ${plan.scorers.map(({ id, version: made }) => `${id} ${made}`).join(', ')}`}.
    </p>`;
  return { id: ids('reproduce'), title: 'How to repeat it', body };
}
