/** The file of `--fleet`: several servers, with what is particular to each. */
import path from 'node:path';
import { z } from 'zod';
import { FormatFault } from '../payload/formats/fault.ts';
import { FORMATS } from '../payload/formats/index.ts';
import { describeIssues } from '../shared/describe-issues.ts';
import { messageOf, usageError } from '../shared/errors.ts';
import { isReadFailure, readRegularFile } from '../shared/files/read-file.ts';
import { systemReason } from '../shared/system-error.ts';
import { ADDRESS_DEMAND, BACKENDS, credentials } from './options/server.ts';

const environment = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');

const serverSchema = z.strictObject({
  name: z.string().min(1).max(60).optional(),
  webui: z.url({ protocol: /^https?$/, error: ADDRESS_DEMAND }),
  webuiAuth: credentials.optional(),
  webuiAuthEnv: environment.optional(),
  gradioAuth: credentials.optional(),
  gradioAuthEnv: environment.optional(),
  backend: z.enum(BACKENDS).optional(),
  modelsDir: z.string().min(1).optional(),
  modelA: z.string().min(1).optional(),
  modelB: z.string().min(1).optional(),
});

const fleetSchema = z.strictObject({
  $schema: z.string().optional(),
  servers: z.array(serverSchema).min(1).max(256),
});

type Listed = z.output<typeof serverSchema>;

/** What the file says of a server; what it leaves out has no key. */
export type FleetServer = Pick<Listed, 'name' | 'backend' | 'modelsDir' | 'modelA' | 'modelB'> & {
  readonly url: string;
  readonly webuiAuth?: string | undefined;
  readonly gradioAuth?: string | undefined;
};

const LARGEST = 1_000_000;
const TEXT_FORMATS = FORMATS.filter(({ name }) => name !== 'msgpack');

/** @throws usage error `fleet-file`, which names every fault with its key, and no login */
export async function readFleetFile(
  file: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly FleetServer[]> {
  const raw = await parsedFile(file);
  const parsed = fleetSchema.safeParse(raw);
  if (parsed.success)
    return parsed.data.servers.map((server, n) => resolved(server, `${file}, servers.${n}`, env));
  const sentences = describeIssues(parsed.error.issues, {
    nameOf: (where) => (where.length === 0 ? 'The whole' : `"${where.map(String).join('.')}"`),
    knownKeys: Object.keys(fleetSchema.shape),
    knownBelow: { servers: Object.keys(serverSchema.shape) },
    input: withoutLogins(raw),
  });
  throw usageError('fleet-file', sentences.map((sentence) => `Fleet file ${file}: ${sentence}`).join('\n'));
}

async function parsedFile(file: string): Promise<unknown> {
  const extension = path.extname(file).toLowerCase();
  const format = TEXT_FORMATS.find(({ extensions }) => extensions.includes(extension));
  if (format === undefined) {
    const known = TEXT_FORMATS.flatMap(({ extensions }) => extensions).join(', ');
    throw usageError('fleet-file', `The fleet file ${file} must end in ${known}.`);
  }
  let bytes: Uint8Array;
  try {
    bytes = await readRegularFile(file, { limit: LARGEST });
  } catch (cause) {
    if (!isReadFailure(cause)) throw cause;
    throw usageError('fleet-file', `The fleet file ${file} cannot be read (${systemReason(cause)}).`, {
      cause,
    });
  }
  try {
    return await format.parse(bytes);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const place = cause instanceof FormatFault && cause.place !== '' ? ` (${cause.place})` : '';
    throw usageError(
      'fleet-file',
      `The fleet file ${file} is not valid ${format.title}${place}: ${whatIsWrong(cause)}.`,
    );
  }
}

/** Parsers quote what they stumble over, and that may be a login. */
export function whatIsWrong(cause: Error): string {
  const [what = ''] = messageOf(cause).split(/["'`\n]/);
  return what.replace(/\W+$/, '').replace(/,? found$/, '');
}

function resolved(
  { webui: url, webuiAuth, webuiAuthEnv, gradioAuth, gradioAuthEnv, ...others }: Listed,
  where: string,
  env: Readonly<Record<string, string | undefined>>,
): FleetServer {
  const login = (key: string, own?: string, variable?: string): string | undefined => {
    if (own !== undefined && variable !== undefined)
      throw usageError('fleet-file', `Fleet file ${where}: give "${key}" or "${key}Env", not both.`);
    if (variable === undefined) return own;
    const parsed = credentials.safeParse(env[variable]);
    if (parsed.success) return parsed.data;
    const what = env[variable] === undefined ? 'is not set' : 'is not of the form user:password';
    throw usageError(
      'fleet-file',
      `Fleet file ${where}: the environment variable ${variable} ("${key}Env") ${what}.`,
    );
  };
  return {
    ...others,
    url,
    webuiAuth: login('webuiAuth', webuiAuth, webuiAuthEnv),
    gradioAuth: login('gradioAuth', gradioAuth, gradioAuthEnv),
  };
}

/** Messages quote what was given; a mistyped login is still a login. */
function withoutLogins(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(withoutLogins);
  if (typeof raw !== 'object' || raw === null) return raw;
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key,
      /auth/i.test(key) && !key.endsWith('Env')
        ? '***'
        : key === 'webui' && typeof value === 'string'
          ? value.replace(/\/\/[^/]*@/, '//***@')
          : withoutLogins(value),
    ]),
  );
}
