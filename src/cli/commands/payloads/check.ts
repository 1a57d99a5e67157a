/** Looks through payload files, all of them, whatever is wrong with one. */
import path from 'node:path';
import { isExpected } from '../../../shared/errors.ts';
import { findPayloadFiles, type FoundFile } from '../../../payload/find-files.ts';
import { namer, parsePayload, readListed } from '../../../payload/load.ts';
import { imageCount, toRequests } from '../../../payload/requests.ts';
import { openWildcards, type Wildcards } from '../../../prompts/index.ts';
import { EXIT, type CommandContext } from '../../cli-process.ts';
import { counted } from '../../../shared/counted.ts';
import { oddSides } from '../../../shared/odd-sides.ts';

export interface CheckOptions {
  readonly wildcards?: string;
  readonly json?: boolean;
}

interface Checked {
  readonly file: string;
  readonly ok: boolean;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  /** Of one iteration; null for a file that is no good or was left out. */
  readonly pictures: number | null;
}

/** @returns 2 when any file has an error */
export async function payloadCheckCommand(
  context: CommandContext,
  patterns: readonly string[],
  { json, wildcards }: CheckOptions,
): Promise<number> {
  const checked = await checkAll(patterns, await openWildcards(wildcards));
  const isBad = checked.some(({ ok }) => !ok);
  if (json === true) context.printJson({ ok: !isBad, files: checked });
  else context.print(checked.flatMap(describe).join('\n'));
  return isBad ? EXIT.usage : EXIT.ok;
}

async function checkAll(patterns: readonly string[], wildcards: Wildcards): Promise<Checked[]> {
  const checked: Checked[] = [];
  const nameOf = namer();
  const seen = new Set<string>();
  for (const pattern of patterns) {
    const found = await caught(pattern, () => findPayloadFiles([pattern]));
    if ('errors' in found) {
      checked.push({ file: pattern, ok: false, warnings: [], errors: found.errors, pictures: null });
      continue;
    }
    for (const item of found.value) {
      if (seen.has(path.resolve(item.file))) continue;
      seen.add(path.resolve(item.file));
      checked.push(await checkOne(item, nameOf, wildcards));
    }
  }
  return checked;
}

async function checkOne(
  found: FoundFile,
  nameOf: (file: string) => string,
  wildcards: Wildcards,
): Promise<Checked> {
  const { file } = found;
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(withoutFile(message, file));
  const result = await caught(file, async () => {
    const raw = await readListed(found, warn);
    if (raw === undefined) return null;
    const payload = parsePayload(raw, file, warn);
    for (const { side, asked, drawn } of oddSides(payload))
      warn(
        `${side} ${asked} is not a multiple of 8; AUTOMATIC1111 and Forge draw ${drawn}, ComfyUI refuses the payload.`,
      );
    return imageCount(
      await toRequests([{ name: nameOf(file), payload, file }], 1, { wildcards, onWarning: warn }),
    );
  });
  if ('errors' in result) return { file, ok: false, warnings, errors: result.errors, pictures: null };
  return { file, ok: true, warnings, errors: [], pictures: result.value };
}

async function caught<T>(
  file: string,
  act: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly errors: readonly string[] }> {
  try {
    return { value: await act() };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return { errors: error.message.split('\n').map((line) => withoutFile(line, file)) };
  }
}

/** The file stands above its messages. */
function withoutFile(message: string, file: string): string {
  const rest = message.startsWith(`Payload ${file}`) ? message.slice(`Payload ${file}`.length) : message;
  return rest.replace(/^[: ]+/, '');
}

function describe({ file, ok, warnings, errors, pictures }: Checked): string[] {
  const mark = ok ? (warnings.length > 0 ? '!' : '✓') : '✗';
  const count = pictures === null ? '' : `: ${counted(pictures, 'image')}`;
  return [`${mark} ${file}${count}`, ...[...errors, ...warnings].map((line) => `    ${line}`)];
}
