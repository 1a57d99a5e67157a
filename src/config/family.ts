/** Which family the models of a search are, where nobody says it and their files are on this machine. */
import fs from 'node:fs';
import path from 'node:path';
import type { Architecture } from '../architectures/architecture.ts';
import { architectureRow, isArchitecture, recogniseArchitecture } from '../architectures/registry.ts';
import { openCheckpoint } from '../checkpoints/checkpoint-file.ts';
import { understand } from '../checkpoints/companions/model-file.ts';
import { findLocally } from '../checkpoints/local-path.ts';
import { usageError } from '../shared/errors.ts';

type Raw = Readonly<Record<string, unknown>>;

/**
 * Left out, `architecture` becomes that of the files. A transformer's plain name becomes the name that says which blocks
 * the files have, for pruned and distilled ones have fewer.
 * @returns the same where no file is at hand, or what was given is no family: that is told later
 * @throws usage error `checkpoint-architecture` for files of a family with other blocks
 */
export function withFamily(raw: Raw): Raw {
  const { architecture: given } = raw;
  if (given !== undefined && (typeof given !== 'string' || !isArchitecture(given))) return raw;
  const found = familyOfFiles(raw);
  if (found === undefined || found.architecture === given) return raw;
  if (given === undefined) return { ...raw, architecture: found.architecture };
  // What follows a slash is another division of the same layers into blocks.
  const [base = given, ...division] = given.split('/');
  const [wanted, own] = [architectureRow(base), architectureRow(found.architecture)];
  // SD 1 and SD 2 are merged alike; their lists and nodes are the same.
  const areUNets = wanted.layout === undefined && own.layout === undefined;
  if (wanted.id === own.id || (areUNets && wanted.blocks.join() === own.blocks.join())) return raw;
  const isPlain = wanted.layout !== undefined && wanted.id === wanted.layout.family.id;
  if (isPlain && wanted.layout.family.id === own.layout?.family.id)
    return { ...raw, architecture: [own.id, ...division].join('/') };
  throw usageError(
    'checkpoint-architecture',
    `${path.basename(found.file)} is a model of ${own.id}, but the search is for ${given}: use --architecture ${own.id}, or leave --architecture out.`,
  );
}

/** Model A decides; model B where a search before this one makes model A. */
function familyOfFiles({ modelsDir, modelA, modelB }: Raw): Found | undefined {
  for (const model of [modelA, modelB]) {
    const file = typeof model === 'string' ? fileOf(model, modelsDir) : undefined;
    const architecture = file === undefined ? undefined : architectureOf(file);
    if (file !== undefined && architecture !== undefined) return { file, architecture };
  }
  return undefined;
}

interface Found {
  readonly file: string;
  readonly architecture: Architecture;
}

/** What is wrong with a folder or file is told when it is needed. */
function fileOf(model: string, modelsDir: unknown): string | undefined {
  try {
    if (/\.safetensors$/i.test(model) && fs.statSync(model, { throwIfNoEntry: false })?.isFile())
      return model;
    return typeof modelsDir === 'string' ? findLocally(model, modelsDir) : undefined;
  } catch {
    return undefined;
  }
}

function architectureOf(file: string): Architecture | undefined {
  try {
    const opened = openCheckpoint(file);
    const understood = understand(opened);
    return recogniseArchitecture(understood.kind === 'readable' ? understood.file : opened)?.architecture;
  } catch {
    return undefined;
  }
}
