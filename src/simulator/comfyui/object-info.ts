/** What the server says of its nodes: recorded words, and choices that follow the folders. */
import { z } from 'zod';
import type { ModelFolders } from '../models/folders.ts';
import type { LoraShelf } from '../models/lora-shelf.ts';
import type { ModelFolder } from '../models/model-folder.ts';
import MERGE_INPUTS from './data/merge-inputs-0.27.json' with { type: 'json' };
import OBJECT_INFO_TODAY from './data/object-info-0.27.json' with { type: 'json' };
import OBJECT_INFO from './data/object-info.json' with { type: 'json' };

/** `[type, options]`; a choice has its list in place of the type, or in its options and is called `COMBO`. */
const InputSchema = z
  .tuple([z.union([z.string(), z.array(z.string())])])
  .rest(z.record(z.string(), z.unknown()));
const InputsSchema = z.record(z.string(), InputSchema);
const NodeInfoSchema = z.looseObject({
  input: z.looseObject({ required: InputsSchema, optional: InputsSchema.optional() }),
  output: z.array(z.string()),
  output_node: z.boolean(),
});

export type InputInfo = z.infer<typeof InputSchema>;
export type NodeInfo = z.infer<typeof NodeInfoSchema>;

/** All nodes by class name. */
export type ObjectInfo = ReadonlyMap<string, NodeInfo>;

/** Which one it passes itself off as; newer ones have nodes for transformers. */
export const COMFY_VERSIONS = ['0.3.64', '0.27.0'] as const;
export type ComfyVersion = (typeof COMFY_VERSIONS)[number];

/** Ratio inputs of merge nodes, by class, the first one that of keys which match none. */
export type MergeNodes = Readonly<Record<string, readonly string[]>>;

export interface NodeSettings {
  readonly folders: ModelFolders;
  readonly loras: LoraShelf;
  readonly version: ComfyVersion;
  /** Of custom packs that are installed. */
  readonly mergeNodes: MergeNodes;
}

const recorded = z.record(z.string(), NodeInfoSchema);
const [OLD, TODAY] = [recorded.parse(OBJECT_INFO), recorded.parse(OBJECT_INFO_TODAY)];
const [GENERAL, CATEGORY] = ['comfy_extras.nodes_model_merging', 'model/merging'];
const RATIO = ['FLOAT', { default: 1, min: 0, max: 1, step: 0.01 }] satisfies InputInfo;
const RECORDED: Readonly<Record<ComfyVersion, Readonly<Record<string, NodeInfo>>>> = {
  '0.3.64': OLD,
  '0.27.0': {
    // Comes with a folder of its own, which the recorded server had switched off.
    ...(OLD['SaveImageWebsocket'] === undefined ? {} : { SaveImageWebsocket: OLD['SaveImageWebsocket'] }),
    ...TODAY,
    ...mergeNodeInfos(z.record(z.string(), z.array(z.string())).parse(MERGE_INPUTS)),
  },
};

/** The live list: file names in the order of their letters. */
export function fileNames(folder: ModelFolder): string[] {
  return folder
    .list()
    .map(({ file }) => file)
    .sort();
}

type Files = Pick<NodeSettings, 'folders' | 'loras'>;

/** Which folder an input chooses from, by the beginning of its name. */
const LISTS: readonly (readonly [input: RegExp, list: (files: Files) => string[]])[] = [
  [/^ckpt_name$/u, ({ folders }) => fileNames(folders.checkpoints)],
  [/^unet_name$/u, ({ folders }) => fileNames(folders.diffusionModels)],
  [/^clip_name\d?$/u, ({ folders }) => fileNames(folders.textEncoders)],
  [/^vae_name$/u, ({ folders }) => [...fileNames(folders.vae), PIXEL_SPACE]],
  [/^lora_name$/u, ({ loras }) => loras.files()],
];
/** A choice that is no file. */
export const PIXEL_SPACE = 'pixel_space';

export function objectInfo({ version, mergeNodes, ...files }: NodeSettings): ObjectInfo {
  const all = { ...RECORDED[version], ...mergeNodeInfos(mergeNodes, 'custom_nodes.merge_pack') };
  return new Map(
    Object.entries(all).map(([name, info]): [string, NodeInfo] => {
      const required = Object.fromEntries(
        Object.entries(info.input.required).map(([input, spec]) => [input, withFiles(input, spec, files)]),
      );
      return [name, { ...info, input: { ...info.input, required } }];
    }),
  );
}

function withFiles(input: string, spec: InputInfo, files: Files): InputInfo {
  const list = LISTS.find(([pattern]) => pattern.test(input))?.[1];
  if (list === undefined) return spec;
  const [type, options] = spec;
  if (type === 'COMBO') return [type, { ...options, options: list(files) }];
  return options === undefined ? [list(files)] : [list(files), options];
}

/** All nodes that merge by blocks are alike but for the names of their ratios. */
function mergeNodeInfos(nodes: MergeNodes, pack?: string): Readonly<Record<string, NodeInfo>> {
  return Object.fromEntries(
    Object.entries(nodes).map(([name, ratios]): [string, NodeInfo] => {
      const model: InputInfo = ['MODEL'];
      const required = {
        model1: model,
        model2: model,
        ...Object.fromEntries(ratios.map((ratio) => [ratio, RATIO])),
      };
      const isGeneral = name === 'ModelMergeBlocks';
      const own = isGeneral ? GENERAL : `${GENERAL}_model_specific`;
      return [
        name,
        {
          input: { required },
          input_order: { required: Object.keys(required) },
          is_input_list: false,
          output: ['MODEL'],
          output_is_list: [false],
          output_name: ['MODEL'],
          name,
          display_name: name,
          description: '',
          python_module: pack ?? own,
          category: isGeneral ? CATEGORY : `${CATEGORY}/model specific`,
          output_node: false,
          has_intermediate_output: false,
        },
      ];
    }),
  );
}
