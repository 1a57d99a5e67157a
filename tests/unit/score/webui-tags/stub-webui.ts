/** A WebUI that tags images, each dialect as documented, with settings that are read, set and put back. */
import { createHash } from 'node:crypto';
import { startReplayServer } from '../../../helpers/replay-server.ts';
import type { Answer, ReplayServer, Routes, SeenRequest } from '../../../helpers/replay-server.ts';

export const DEFAULTS = {
  interrogate_return_ranks: false,
  interrogate_deepbooru_score_threshold: 0.5,
  deepbooru_sort_alpha: true,
  deepbooru_use_spaces: true,
  deepbooru_escape: true,
};

export interface StubSetting {
  /** What it sees in every image; by default something in each that depends on its bytes. */
  readonly tags?: Readonly<Record<string, number>>;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Keys that cannot be changed although it says yes. */
  readonly frozen?: readonly string[];
  readonly routes?: Routes;
}

export interface StubWebui extends ReplayServer {
  /** The settings now. */
  readonly options: Readonly<Record<string, unknown>>;
}

export async function startStubWebui({
  tags,
  options: given = DEFAULTS,
  frozen = [],
  routes = {},
}: StubSetting = {}): Promise<StubWebui> {
  const options: Record<string, unknown> = { ...given };
  const seenIn = (request: SeenRequest): Record<string, number> => tags ?? byImage(field(request, 'image'));

  const server = await startReplayServer({
    'GET /openapi.json': () => ok({ paths: Object.fromEntries(pathsOf(server).map((path) => [path, {}])) }),
    'GET /sdapi/v1/options': () => ok(options),
    'POST /sdapi/v1/options': ({ body }) => {
      const changes = Object.entries(body as Record<string, unknown>);
      const unknown = changes.find(([key]) => !(key in options));
      if (unknown !== undefined)
        return { status: 500, body: { error: 'KeyError', errors: `'${unknown[0]}'` } };
      for (const [key, value] of changes) if (!frozen.includes(key)) options[key] = value;
      return ok(null);
    },
    'POST /sdapi/v1/interrogate': (request) => ok({ caption: captionOf(seenIn(request), options) }),
    ...routes,
  });
  return Object.assign(server, { options });
}

/** The extension, older line. */
export const flatTagger = (tags?: Readonly<Record<string, number>>): Routes => ({
  'GET /tagger/v1/interrogators': ok({ models: ['wd14-vit-v2', 'wd14-convnext-v2'] }),
  'POST /tagger/v1/interrogate': (request) =>
    ok({ caption: { general: 0.9, sensitive: 0.1, ...(tags ?? byImage(field(request, 'image'))) } }),
});

/** The extension, newer line. */
export const nestedTagger = (tags?: Readonly<Record<string, number>>): Routes => ({
  ...flatTagger(),
  'POST /tagger/v1/interrogate': (request) =>
    ok({
      caption: { tag: tags ?? byImage(field(request, 'image')), rating: { general: 0.9, explicit: 0.1 } },
    }),
});

export const sdnextTagger = (tags?: Readonly<Record<string, number>>): Routes => ({
  'POST /sdapi/v1/tagger': (request) =>
    ok({ tags: 'rings, slope', scores: tags ?? byImage(field(request, 'image')) }),
});

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

function pathsOf({ routes }: ReplayServer): string[] {
  return Object.keys(routes).map((route) => route.replace(/^\w+ /, ''));
}

function field({ body }: SeenRequest, name: string): string {
  const value = (body as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

function byImage(image: string): Record<string, number> {
  const bytes = createHash('sha256').update(image).digest();
  return Object.fromEntries(
    ['rings', 'slope', 'stripes', 'blurry'].map((tag, i) => [tag, (bytes[i] ?? 0) / 255]),
  );
}

function captionOf(tags: Readonly<Record<string, number>>, options: Record<string, unknown>): string {
  return Object.entries(tags)
    .filter(([, value]) => value >= Number(options['interrogate_deepbooru_score_threshold']))
    .map(([tag, value]) => {
      const spaced = options['deepbooru_use_spaces'] === true ? tag.replaceAll('_', ' ') : tag;
      const text =
        options['deepbooru_escape'] === true ? spaced.replaceAll(/[\\()]/g, String.raw`\$&`) : spaced;
      return options['interrogate_return_ranks'] === true ? `(${text}:${value.toFixed(3)})` : text;
    })
    .join(', ');
}
