import fs from 'node:fs';
import path from 'node:path';
import { findLeftovers } from '../../../checkpoints/output-file.ts';
import { checkFolder } from '../../../checkpoints/rehearse.ts';
import { findAbandonedWork } from '../../../checkpoints/work-files.ts';
import { NEVER_ABORTED } from '../../../shared/abort/never-aborted.ts';
import { serversOf, type ServerSettings } from '../../../config/servers.ts';
import { byteSize } from '../../../shared/byte-size.ts';
import { messageOf, isExpected } from '../../../shared/errors.ts';
import { examineServer, type Examination, type BackendExamination } from '../../../renderers/index.ts';
import { checkWritable } from '../../../journal/name-run.ts';
import { hasColour } from '../../../shared/terminal/abilities.ts';
import { printable } from '../../../shared/printable.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import type { Finding } from './finding.ts';
import { scorerFindings } from './scorer-findings.ts';
import { userOf } from '../../../claims/claims.ts';
import { isArchitecture } from '../../../architectures/registry.ts';
import type { Architecture } from '../../../space/blocks.ts';
import { unknownFamily } from './unknown-family.ts';
import type { ServerOptions } from '../../server-options.ts';

export interface DoctorOptions extends Omit<ServerOptions, 'webui'> {
  /** One for every WebUI. */
  readonly webui?: readonly string[];
  readonly fleet?: string;
  readonly folder: string;
  /** Stable Diffusion unless given. */
  readonly architecture?: Architecture;
  readonly json?: boolean;
}

/** Below this a merged checkpoint of a Stable Diffusion XL model may not fit. */
const COMFORTABLE = 8e9;

/** @returns 0 when everything is ready, 1 otherwise */
export async function doctorCommand(context: CommandContext, options: DoctorOptions): Promise<number> {
  const findings = [
    ...(await fleetFindings(options)),
    ...(await scorerFindings()),
    folderFinding(options.folder),
    ...(options.modelsDir === undefined ? [] : [modelsFinding(options.modelsDir)]),
    diskFinding(options.modelsDir ?? options.folder),
    ...leftoverFindings(options.modelsDir ?? options.folder),
  ];
  if (options.json === true) context.printJson({ findings });
  else for (const finding of findings) context.printInColour(lineOf(finding, context));
  return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

/** Those of several WebUIs one after another. */
async function fleetFindings(options: DoctorOptions): Promise<Finding[]> {
  const { architecture, webuiAuth, gradioAuth, modelsDir } = options;
  if (architecture !== undefined && !isArchitecture(architecture)) throw unknownFamily(architecture);
  const { webui, port, fleet } = options;
  const given = { webui: webui && [...webui], port, fleet, webuiAuth, gradioAuth, modelsDir };
  const servers = await serversOf({ ...given, backend: 'auto', modelA: '', modelB: '' });
  const findings = await Promise.all(servers.map(async (server) => serverFindings(server, architecture)));
  return findings.flat();
}

async function serverFindings(
  { url, webuiAuth, gradioAuth, modelsDir }: ServerSettings,
  architecture: Architecture | undefined,
): Promise<Finding[]> {
  const server = await examineServer(
    {
      url,
      auth: webuiAuth,
      gradioAuth,
      tries: true,
      ...(architecture === undefined ? {} : { architecture }),
      ...(modelsDir === undefined ? {} : { modelsDir }),
    },
    NEVER_ABORTED,
  );
  if (server.problem !== undefined) return [{ what: 'WebUI', ok: false, detail: server.problem }];
  const { mergeWays, obstacles = [], remarks: warnings = [] } = server;
  const user = userOf(url);
  return [
    { what: 'WebUI', ok: true, detail: `${server.address} answers${whatAnswers(server)}` },
    ...(user === undefined ? [] : [{ what: 'in use', ok: true, isUnused: true, detail: `by ${user}` }]),
    ...obstacles.map((detail) => ({ what: 'a search', ok: false, detail })),
    ...warnings.map((detail) => ({ what: 'settings', ok: true, detail })),
    modelsOnServer(server),
    // Extensions that cannot work on Forge whatever is done are no help there; `backends` says why.
    mergeFinding(
      server.family === 'forge' ? mergeWays.filter(({ name }) => name === 'checkpoint') : mergeWays,
    ),
  ];
}

function modelsOnServer({ models, networks = [] }: Examination): Finding {
  if (models.length >= 2) return { what: 'models', ok: true, detail: models.join(', ') };
  if (networks.length >= 2)
    return {
      what: 'models',
      ok: true,
      detail: `${networks.join(', ')}; use --architecture (flux1, anima …) to check what their family needs`,
    };
  return {
    what: 'models',
    ok: false,
    detail: `A merge needs two checkpoints; the WebUI has ${models.length}.`,
  };
}

function whatAnswers({ family, version, checkpoint }: Examination): string {
  if (family === 'comfyui') return ` as ComfyUI ${version ?? ''}`;
  return `${family === 'forge' ? ' as Forge' : ''}; selected checkpoint: ${checkpoint ?? 'none'}`;
}

/** One way is enough. Without any, all that could be done is said; a missing login is said always, for `auto` stops at it. */
function mergeFinding(ways: readonly BackendExamination[]): Finding {
  const ready = ways.filter(({ missing }) => missing === undefined).map(({ name }) => name);
  const locked = ways.find(({ wantsLogin }) => wantsLogin === true);
  if (ready.length > 0 && locked !== undefined) {
    const detail = `${ready.join(', ')} with --backend; --backend auto would use ${locked.name}, but: ${locked.missing ?? ''}`;
    return { what: 'merging', ok: true, detail };
  }
  if (ready.length > 0) return { what: 'merging', ok: true, detail: ready.join(', ') };
  const missing = ways.filter(({ takes }) => takes === 'checkpoint').map((way) => way.missing ?? '');
  return { what: 'merging', ok: false, detail: missing.join(' Or: ') };
}

function folderFinding(folder: string): Finding {
  try {
    checkWritable(folder);
    return { what: 'folder', ok: true, detail: `${path.resolve(folder)} is writable` };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { what: 'folder', ok: false, detail: error.message };
  }
}

/** Merged files go there, by the way `checkpoint` and by `--save-best checkpoint`. */
function modelsFinding(folder: string): Finding {
  try {
    checkFolder(folder);
    return { what: 'models folder', ok: true, detail: `${path.resolve(folder)} is writable` };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { what: 'models folder', ok: false, detail: error.message };
  }
}

function diskFinding(folder: string): Finding {
  try {
    const { bavail, bsize } = fs.statfsSync(folder);
    const free = bavail * bsize;
    const ok = free >= COMFORTABLE;
    const advice = ok ? '' : `; free some space: a merged checkpoint takes 2 to 7 GB`;
    return { what: 'disk', ok, detail: `${byteSize(free)} free${advice}` };
  } catch (error) {
    return {
      what: 'disk',
      ok: false,
      detail: `The free space in ${folder} is unknown (${messageOf(error)}).`,
    };
  }
}

/** Gigabytes that killed runs have left; nothing is said where there are none. */
function leftoverFindings(folder: string): Finding[] {
  // What it is instead, another line says.
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) return [];
  const files = [...findLeftovers(folder), ...findAbandonedWork(folder)];
  if (files.length === 0) return [];
  const bytes = files.reduce(
    (sum, file) => sum + (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  return [
    {
      what: 'leftovers',
      ok: false,
      detail: `${files.join(', ')} (${byteSize(bytes)}), left behind by killed runs: delete them, or the next merge into that folder will`,
    },
  ];
}

function lineOf({ what, ok, isUnused = false, detail }: Finding, { process }: CommandContext): string {
  if (isUnused) return `– ${what.padEnd(20)} ${printable(detail)}`;
  const mark = ok ? '✓' : '✗';
  const colour = hasColour(process.stdout, process.env);
  const shown = colour ? `\u001B[${ok ? 32 : 31}m${mark}\u001B[0m` : mark;
  return `${shown} ${what.padEnd(20)} ${printable(detail)}`;
}
