/** Raw values into a frozen configuration, or one sentence for every fault. */
import type { z } from 'zod';
import { blockNames } from '../architectures/registry.ts';
import { describeIssues } from '../shared/describe-issues.ts';
import { lorasAmong } from '../space/parameters.ts';
import { usageError } from '../shared/errors.ts';
import { didYouMean } from '../shared/nearest-name.ts';
import { flagOf } from '../shared/option-flag.ts';
import { adjustsAmong } from '../checkpoints/searched-merge.ts';
import { waysThatKnow } from '../checkpoints/methods/ways.ts';
import { checkMerges, methodsOf } from './search-rules.ts';
import { chainConfigSchema, searchConfigSchema, SECRET_KEYS, type SearchConfig } from './schema.ts';

/** Checks a raw configuration and fills in the defaults. @throws usage error `config-invalid`, which names every fault together */
export function parseSearchConfig(raw: Readonly<Record<string, unknown>>): SearchConfig {
  const parsed = searchConfigSchema.safeParse(withModelB(raw));
  if (!parsed.success) throw faults(parsed.error.issues, raw);
  const config = withFiles(parsed.data);
  if (config.backend === 'loras' && config.modelB !== config.modelA) {
    throw usageError(
      'config-invalid',
      `--backend loras does not use a model B, but ${config.modelB} was given: leave out --model-b, or choose another --backend; every backend can search LoRAs too.`,
    );
  }
  webuiUrl(config);
  checkMerges(config);
  if (config.low >= config.high) {
    throw usageError(
      'config-invalid',
      `--low ${config.low} must be below --high ${config.high}; to fix a block, use --block NAME=WEIGHT.`,
    );
  }
  return deepFreeze(config);
}

/** Who adjusts model A or searches LoRAs alone names no model B; whoever asks for it later reads model A. */
function withModelB(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { modelB, search, backend = 'auto' } = raw;
  if (modelB !== undefined || typeof search !== 'object' || search === null) return raw;
  const names = Object.keys(search);
  // LoRAs can be searched beside merged files, but nothing can be adjusted without those.
  const alone = [
    ...(adjustsAmong(names).length > 0 ? ['checkpoint'] : []),
    ...(lorasAmong(names).length > 0 ? ['loras', 'checkpoint'] : []),
  ].find((way) => backend === 'auto' || backend === way);
  return alone === undefined ? raw : { ...raw, modelB: raw['modelA'], backend: alone };
}

/** Adjustments, and methods that nothing else knows, are of merged files: nothing else is tried. */
function withFiles(config: SearchConfig): SearchConfig {
  const needsFiles =
    waysThatKnow(methodsOf(config)).every((way) => way === 'checkpoint') ||
    adjustsAmong(Object.keys(config.search)).length > 0;
  return config.backend === 'auto' && needsFiles ? { ...config, backend: 'checkpoint' } : config;
}

/** Where a WebUI is: its address, or its port on this machine. */
export interface ServerAddress {
  readonly webui?: string | readonly string[] | undefined;
  readonly port?: number | undefined;
  readonly fleet?: string | undefined;
}

/** The address that is meant, of several the first. @throws usage error `config-invalid` as {@link webuiUrls} */
export function webuiUrl(given: ServerAddress): string {
  return webuiUrls(given)[0] ?? '';
}

/**
 * The addresses that are meant; those of a fleet file are not among them.
 * @throws usage error `config-invalid` when they are given in several ways, or one of them twice
 */
export function webuiUrls({ webui, port, fleet }: ServerAddress): readonly string[] {
  const urls = webui === undefined ? [] : [webui].flat();
  const ways = [
    ...(urls.length > 0 ? [`--webui ${urls.join(' --webui ')}`] : []),
    ...(port === undefined ? [] : [`--port ${port}`]),
    ...(fleet === undefined ? [] : [`--fleet ${fleet}`]),
  ];
  if (ways.length > 1) {
    const or = `${ways.slice(0, -1).join(', ')} or ${ways.at(-1)}`;
    throw usageError('config-invalid', `Give ${or}, not ${ways.length === 2 ? 'both' : 'all of them'}.`);
  }
  const twice = urls.find((url, n) => urls.findIndex((other) => isSameAddress(url, other)) < n);
  if (twice !== undefined)
    throw usageError('config-invalid', `--webui ${twice} is given twice: name each WebUI once.`);
  return urls.length > 0 ? urls : [`http://127.0.0.1:${port ?? 7860}`];
}

/** Do two addresses as users write them name one server? A login in them takes no part. */
export function isSameAddress(one: string, other: string): boolean {
  const key = (url: string): string => {
    if (!URL.canParse(url)) return url;
    const { host, pathname, protocol } = new URL(url);
    return `${protocol}//${host.replace(/^localhost(?=:|$)/, '127.0.0.1')}${pathname.replace(/\/+$/, '')}`;
  };
  return key(one) === key(other);
}

/** The error that tells them. */
export function faults(issues: readonly z.core.$ZodIssue[], raw: Readonly<Record<string, unknown>>): Error {
  const knownKeys = Object.keys(chainConfigSchema.shape);
  const sentences = describeIssues(issues, {
    nameOf: (path) => nameIn(raw, path) ?? `${flagName(path)}${aliasText(path)}`,
    knownKeys,
    unknown: ([top, ...below], key) =>
      top === 'block' && below.length === 0 ? unknownBlock(raw, key) : undefined,
    input: withoutSecrets(raw),
  });
  const isBare = ['payload', 'modelA'].every((key) => raw[key] === undefined);
  if (raw['modelB'] === undefined && raw['modelA'] !== undefined && raw['search'] !== undefined) {
    sentences.push(
      'Without a model B, a search needs a LoRA (--search lora:NAME=0:1) or an adjustment (--search adjust:contrast=-3:3) to search.',
    );
  }
  if (isBare) sentences.push('To be asked for these, run autombw init: it writes a payload and a config.');
  return usageError('config-invalid', sentences.join('\n'));
}

/** Under it a raw configuration says which of its keys a file has given: messages name that file in place of a flag. */
export const FROM_FILE = Symbol('what a config file has given');

export interface FromFile {
  readonly file: string;
  readonly keys: ReadonlySet<string>;
}

/** `"iterations" in search.json`; undefined for what was given as a flag. */
function nameIn(raw: object, [top, ...below]: readonly PropertyKey[]): string | undefined {
  const given: unknown = Reflect.get(raw, FROM_FILE);
  if (top === undefined || !isFromFile(given) || !given.keys.has(String(top))) return undefined;
  return `"${[top, ...below].map(String).join('.')}" in ${given.file}`;
}

/** The same for what is made of it. */
export function fromFileOf(raw: object): object {
  const given: unknown = Reflect.get(raw, FROM_FILE);
  return isFromFile(given) ? { [FROM_FILE]: given } : {};
}

function isFromFile(value: unknown): value is FromFile {
  return typeof value === 'object' && value !== null && 'file' in value && 'keys' in value;
}

function unknownBlock(raw: object, name: string): string {
  const where = nameIn(raw, ['block']) ?? '--block';
  return `There is no block "${name}" (${where}).${didYouMean(name, blockNames())} Stable Diffusion has IN00 to IN11, M00, OUT00 to OUT11, OUT and TIME_EMBED; autombw inspect FILE lists the blocks of other models.`;
}

/** `earlyStop` → `--early-stop`, with the path below it. */
export function flagName(path: readonly PropertyKey[]): string {
  const [key, ...rest] = path.map(String);
  if (key === undefined) return 'The configuration';
  const flag = flagOf(key);
  // Which of several it is shows in the value that a message quotes.
  const below = rest.filter((part) => !/^\d+$/.test(part));
  return [flag, ...(below.length === 0 ? [] : [below.join('.')])].join(' ');
}

/** Which of the two names was typed is no longer known here: both are named. */
function aliasText([key, ...rest]: readonly PropertyKey[]): string {
  const option = Object.entries(chainConfigSchema.shape).find(([name]) => name === key)?.[1];
  const alias = rest.length === 0 ? option?.meta()?.['alias'] : undefined;
  return typeof alias === 'string' ? ` (or ${flagOf(alias)})` : '';
}

/** Messages quote what was given; a mistyped login is still a login. */
function withoutSecrets(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = SECRET_KEYS.filter((key) => raw[key] !== undefined);
  const hidden = (value: unknown): unknown => (Array.isArray(value) ? value.map(() => '***') : '***');
  return { ...raw, ...Object.fromEntries(given.map((key) => [key, hidden(raw[key])])) };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
