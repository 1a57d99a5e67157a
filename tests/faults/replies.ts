/** Replies that are refused, cut, damaged, of something else, or old. */
import type { Answer, Deed } from '../helpers/fault-proxy.ts';
import { onDraw, onImage } from './requests.ts';
import type { Chapter, Promised, Scenario } from './scenario.ts';

const page = (status: number, headers = {}): Deed => ({
  answer: { status, headers: { 'content-type': 'text/html', ...headers }, body: `<h1>${status}</h1>` },
});
const changed = (change: (body: Buffer) => Buffer | string, headers = {}): Deed => ({
  change: (answer: Answer) => ({
    ...answer,
    headers: { ...answer.headers, ...headers },
    body: change(Buffer.from(answer.body as string)),
  }),
});

interface Spoilt {
  readonly name: string;
  readonly what: string;
  readonly deed: Deed;
  readonly says: RegExp;
  /** Nothing was drawn. */
  readonly isRefused?: boolean;
  /** ComfyUI means something else by it. */
  readonly isOfWebui?: boolean;
}

/** Tried by day by tests/integration/spoilt-replies.test.ts. */
const KNOWN: ReadonlySet<string> = new Set([
  'cut-reply',
  'empty-reply',
  'page-reply',
  'flipped-bit',
  'login-once',
  'not-found-once',
  'busy-once',
  'gateway-once',
  'login-lasting',
  'redirect-lasting',
  'cut-lasting',
  'endless-reply',
  'wrong-steps',
  'wrong-prompt',
  'wrong-negative',
  'old-picture',
  'seed-ignored',
]);

/** Each strikes one image once. */
const ONCE: readonly Spoilt[] = [
  {
    name: 'cut-reply',
    what: 'A reply is cut off without an error',
    deed: changed((body) => body.subarray(0, body.length >> 1)),
    says: /breaks off after|ends in the middle|damaged/,
  },
  { name: 'empty-reply', what: 'An empty reply', deed: changed(() => ''), says: /empty|damaged/ },
  {
    name: 'page-reply',
    what: 'A web page instead of the reply, with status 200',
    deed: changed(() => '<html><body>Service worker</body></html>', { 'content-type': 'text/html' }),
    says: /<html>|not an image|damaged/,
  },
  {
    name: 'packed-reply',
    what: 'A proxy compresses the reply unasked',
    deed: changed((body) => body, { 'content-encoding': 'br' }),
    says: /in the encoding "br"/,
  },
  {
    name: 'null-reply',
    what: 'A reply of null',
    deed: changed(() => 'null', { 'content-type': 'application/json' }),
    says: /something other than a WebUI|damaged|null/,
  },
  {
    name: 'flipped-bit',
    what: 'A bit of an image is flipped in transit',
    deed: changed((body) => {
      const copy = Buffer.from(body);
      const at = copy.length >> 1;
      copy[at] = copy[at] === 65 ? 66 : 65;
      return copy;
    }),
    says: /damaged/,
  },
  { name: 'login-once', what: 'Status 401 or 403, once', deed: page(401), says: /login/, isRefused: true },
  {
    name: 'not-found-once',
    what: 'Status 404, once',
    deed: page(404),
    says: /has no/,
    isRefused: true,
    isOfWebui: true,
  },
  {
    name: 'busy-once',
    what: 'Status 429 or 408, with or without `Retry-After`',
    deed: page(429, { 'retry-after': '1' }),
    says: /status 429|in 1 s/,
    isRefused: true,
  },
  {
    name: 'gateway-once',
    what: 'Status 502, 503 or 504, once',
    deed: page(504),
    says: /status 504/,
    isRefused: true,
  },
];

const once = ONCE.map(({ name, what, deed, says, isRefused = false, isOfWebui = false }): Scenario => ({
  name,
  what,
  does: 'requests the image again after a pause',
  hurts: 'one image',
  servers: isOfWebui ? ['a1111', 'forge'] : ['a1111', 'comfyui', 'forge'],
  silentOn: 'comfyui',
  promise: { exitCode: 0, vain: isRefused ? 0 : 1, says },
  play: async (stage) => stage.search({ rules: onImage(stage.family, deed) }),
}));

interface Lasting {
  readonly name: string;
  readonly what: string;
  readonly does: string;
  readonly deed: Deed;
  readonly promise: Omit<Promised, 'exitCode' | 'resumes'>;
}

const LASTING: readonly Lasting[] = [
  {
    name: 'login-lasting',
    what: 'Status 401 or 403 to every image from now on',
    does: 'tries once more, then ends the run and says which option sets the login',
    deed: page(401),
    promise: { vain: 4, says: /login/ },
  },
  {
    name: 'redirect-lasting',
    what: 'Every image is redirected to a login page from now on',
    does: 'tries once more, then ends the run and names the target of the redirect',
    deed: page(302, { location: '/login?next=%2F' }),
    promise: { vain: 4, says: /redirects .* to http|status 302/ },
  },
  {
    name: 'busy-lasting',
    what: 'Status 429 or 503 to every image from now on',
    does: 'retries for `--reconnect` minutes, with growing pauses, then ends the run',
    deed: page(503, { 'retry-after': '20' }),
    promise: { vain: 4, says: /status 503.*--reconnect/ },
  },
  {
    name: 'cut-lasting',
    what: 'Every reply with an image is cut off from now on',
    does: 'retries `--retries` times, then counts the image as missing or the iteration as failed; ends the run after five failures',
    deed: { cut: 'half' },
    promise: { lost: 5, says: /in a row/ },
  },
];

const lasting = LASTING.map(({ name, what, does, deed, promise }): Scenario => ({
  name,
  what,
  does,
  hurts: 'the run',
  servers: ['a1111', 'comfyui', 'forge'],
  promise: { exitCode: 1, resumes: true, ...promise },
  play: async (stage) =>
    stage.search({
      rules: onImage(stage.family, deed, Infinity),
      config: { iterations: 9, reconnect: 2 },
    }),
}));

const odd: readonly Scenario[] = [
  {
    name: 'content-type',
    what: 'The reply has a wrong content type',
    does: 'reads it anyway',
    hurts: 'nobody',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, isSilent: true },
    play: async (stage) =>
      stage.search({
        rules: onImage(
          stage.family,
          changed((body) => body, { 'content-type': 'text/plain' }),
          Infinity,
        ),
      }),
  },
  {
    name: 'endless-reply',
    what: 'A reply without an end',
    does: 'abandons it when it is larger than any image can be, and requests the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    silentOn: 'comfyui',
    promise: { exitCode: 0, vain: 1, says: /more than \d+ MB/ },
    play: async (stage) =>
      stage.search({ isDirect: true, faults: [stage.family === 'comfyui' ? 'endless@9' : 'endless@8'] }),
  },
  {
    name: 'huge-length',
    what: 'A reply that claims to have gigabytes',
    does: 'abandons it at once, and requests the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    silentOn: 'comfyui',
    promise: { exitCode: 0, vain: 1, says: /more than \d+ MB/ },
    play: async (stage) => stage.search({ rules: onImage(stage.family, { huge: true }) }),
  },
  ...(
    [
      ['wrong-steps', 'number of steps'],
      ['wrong-cfg', 'CFG scale'],
      ['wrong-sampler', 'sampler'],
      ['wrong-prompt', 'prompt'],
      ['wrong-negative', 'negative prompt'],
      ['wrong-model', 'model'],
    ] as const
  ).map(([fault, field]): Scenario => ({
    name: fault,
    what: `The reply reports another ${field} than requested`,
    does: 'does not score the image, and draws it again',
    hurts: 'one image',
    servers: ['a1111', 'forge'],
    promise: {
      exitCode: 0,
      vain: fault === 'wrong-model' ? 4 : 1,
      says: new RegExp(`with a different ${field}: requested`),
    },
    play: async (stage) =>
      stage.search({ faults: [`${fault}@9`], payload: { cfg_scale: 7, sampler_name: 'Euler' } }),
  })),
  {
    name: 'image-file-gone',
    what: 'An image is no longer on the server when it is fetched (status 404)',
    does: 'draws it again',
    hurts: 'one image',
    servers: ['comfyui'],
    promise: { exitCode: 0, vain: 3, says: /no longer has an image/ },
    play: async (stage) => stage.search({ rules: onImage(stage.family, page(404)) }),
  },
  {
    name: 'old-picture',
    what: 'The image of other weights comes again (something in between caches replies)',
    does: 'detects this by its pixels, sets up the merge again and draws the image again',
    hurts: 'one image',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, vain: 6, says: /is identical to|pixels instead of/ },
    play: async (stage) =>
      stage.search({
        faults: [`old-picture@${stage.family === 'comfyui' ? 10 : 9}`],
        simulator: { now: () => new Date(0) },
      }),
  },
  {
    name: 'seed-ignored',
    what: 'Different seeds give the same image',
    does: 'draws one of the two again, then ends the run, with no score',
    hurts: 'the run',
    servers: ['a1111'],
    promise: { exitCode: 1, resumes: true, vain: 5, says: /ignores the seed/ },
    play: async (stage) => stage.search({ faults: ['no-seed@6+'] }),
  },
  {
    name: 'draw-refused',
    what: 'The server rejects the request (status 400 or 422), once',
    does: 'counts the image as missing or the iteration as failed, with the reason, because a retry would fail too',
    hurts: 'one iteration',
    servers: ['a1111', 'comfyui'],
    promise: { exitCode: 0, lost: 1, missing: 1, says: /reject|status 4/ },
    play: async (stage) =>
      stage.search({
        rules: onDraw(stage.family, { answer: { status: 422, body: '{"detail": "no"}' } }),
      }),
  },
];

export const REPLIES: Chapter = {
  title: 'What the server answers',
  scenarios: [...once, ...lasting, ...odd].map((scenario) => ({
    ...scenario,
    byNight: scenario.byNight ?? KNOWN.has(scenario.name),
  })),
};
