/** What the always-on scripts of extensions have in common. */
import type { Client } from '../../http/client.ts';
import { scriptInfoSchema } from '../schemas.ts';
import type { ScriptInfo } from '../schemas.ts';
import type { MergedBody } from './backend.ts';

/** The always-on script of txt2img with this name (lower case), or undefined. */
export async function findScript(
  client: Client,
  script: string,
  signal: AbortSignal,
): Promise<ScriptInfo[number] | undefined> {
  const scripts = await client.get('/sdapi/v1/script-info', scriptInfoSchema, signal);
  return scripts.find(
    ({ name, is_alwayson: always, is_img2img: img2img }) =>
      always && !img2img && name?.toLowerCase() === script,
  );
}

/** The body with the arguments of a script; other scripts keep theirs. */
export function withScript(body: MergedBody, script: string, args: readonly unknown[]): MergedBody {
  const { alwayson_scripts: others } = body;
  return {
    ...body,
    alwayson_scripts: { ...(typeof others === 'object' ? others : {}), [script]: { args } },
  };
}
