/** What a run keeps of a server that it has found, and whether it is still the same one. */
import { uniformWeights, type Architecture } from '../../space/blocks.ts';
import { webuiError } from '../http/errors.ts';
import { MERGED_FILES } from '../merged-files.ts';
import type { ServerReport } from '../renderer.ts';
import type { Attachment } from './attach.ts';
import { MERGE_WAY } from './graph/terms.ts';
import { identityOf } from './models.ts';
import type { TransformerSetup } from './transformer.ts';

/** As `--backend` names it. */
export function wayOf({ merged }: Attachment): string {
  return merged === undefined ? MERGE_WAY : MERGED_FILES;
}

export function reportOf(attachment: Attachment): ServerReport {
  const { version, modelA, modelB, merged, transformer } = attachment;
  return {
    family: 'comfyui',
    version,
    mergeWay: wayOf(attachment),
    modelA: { ...identityOf(modelA), ...pathOf(modelA, merged?.local.a) },
    modelB: { ...identityOf(modelB), ...pathOf(modelB, merged?.local.b) },
    ...(transformer && { settings: settingsOf(transformer) }),
  };
}

/** With what every image is made beside the merge. */
function settingsOf({ loaders, parts }: TransformerSetup): NonNullable<ServerReport['settings']> {
  const nodes = Object.values(parts.graph).map(({ class_type: name, inputs }) => [name, inputs] as const);
  return { loaders: [loaders.a.class_type, loaders.b.class_type], ...Object.fromEntries(nodes) };
}

/**
 * A server that was started again may have other nodes and files, and then merges and draws in another way under the same names.
 * @throws WebuiError `webui-extension-gone`
 */
export function requireSameNodes(
  before: Attachment,
  now: Attachment,
  architecture: Architecture,
  name: string,
): void {
  const graphs = [before, now].map(({ source, merged, transformer }) => {
    const half = uniformWeights(0.5, architecture);
    const { tied, fixed } = transformer?.merge ?? {};
    const nodes = source.nodes(merged === undefined ? half : 'model-a');
    return JSON.stringify([nodes, tied, fixed, transformer?.drawing]);
  });
  if (graphs[0] === graphs[1]) return;
  throw webuiError(
    'webui-extension-gone',
    `${name} came back with different merge nodes, text encoders or VAE than at the start of the run: restore its extensions, ComfyUI version and files, and restart it.`,
  );
}

/** Without its subfolder a file would be looked for here under a name that another one may have. */
function pathOf(file: string, local: string | undefined): { readonly path?: string } {
  if (local !== undefined) return { path: local };
  return /[\\/]/.test(file) ? { path: file } : {};
}
