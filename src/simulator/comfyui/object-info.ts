/** What the server says of its nodes: recorded words, and choices that follow the folder. */
import { z } from 'zod';
import type { ModelFolder } from '../models/model-folder.ts';
import OBJECT_INFO from './data/object-info.json' with { type: 'json' };

/** `[type, options]`; a choice has its list in place of the type. */
const InputSchema = z
  .tuple([z.union([z.string(), z.array(z.string())])])
  .rest(z.record(z.string(), z.unknown()));
const NodeInfoSchema = z.looseObject({
  input: z.looseObject({ required: z.record(z.string(), InputSchema) }),
  output: z.array(z.string()),
  output_node: z.boolean(),
});

export type InputInfo = z.infer<typeof InputSchema>;
export type NodeInfo = z.infer<typeof NodeInfoSchema>;

/** All nodes by class name. */
export type ObjectInfo = ReadonlyMap<string, NodeInfo>;

const RECORDED = z.record(z.string(), NodeInfoSchema).parse(OBJECT_INFO);

/** The live list: file names in the order of their letters. */
export function checkpointNames(folder: ModelFolder): string[] {
  return folder
    .list()
    .map(({ file }) => file)
    .sort();
}

export function objectInfo(folder: ModelFolder): ObjectInfo {
  const loader = RECORDED['CheckpointLoaderSimple'];
  if (loader === undefined) throw new Error('the recorded nodes have a loader');
  const options = loader.input.required['ckpt_name']?.[1] ?? {};
  const required = { ckpt_name: [checkpointNames(folder), options] satisfies InputInfo };
  return new Map<string, NodeInfo>(
    Object.entries({
      ...RECORDED,
      CheckpointLoaderSimple: { ...loader, input: { ...loader.input, required } },
    }),
  );
}
