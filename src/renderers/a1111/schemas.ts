/**
 * Every reply of the WebUI that is read, as far as it is read. Unknown fields are dropped, for other versions and
 * extensions add them.
 */
import { z } from 'zod';

/** For replies of which only the status counts. */
export const ignoredSchema = z.unknown();

export const optionsSchema = z.object({
  sd_model_checkpoint: z.string().nullish(),
  /** SHA-256 of the loaded file. */
  sd_checkpoint_hash: z.string().nullish(),
});

/** `GET /sdapi/v1/sd-models`: title and hashes change when a file is loaded for the first time. */
const modelSchema = z.object({
  title: z.string(),
  model_name: z.string(),
  hash: z.string().nullish(),
  sha256: z.string().nullish(),
  filename: z.string(),
});
export const modelsSchema = z.array(modelSchema);
export type ServerModel = z.output<typeof modelSchema>;

/** `GET /sdapi/v1/sd-modules` of Forge: text encoders and VAEs. */
export const serverModulesSchema = z.array(z.object({ model_name: z.string(), filename: z.string() }));

/** `GET /sdapi/v1/loras`. `name` is what a prompt calls it; the metadata has the trainer's `ss_*` fields. */
export const lorasSchema = z.array(
  z.object({
    name: z.string(),
    alias: z.string().catch(''),
    path: z.string(),
    metadata: z.record(z.string(), z.unknown()).catch({}),
  }),
);
export type ServerLora = z.output<typeof lorasSchema>[number];

export const samplersSchema = z.array(
  z.object({
    name: z.string(),
    aliases: z
      .array(z.string())
      .nullish()
      .transform((names) => names ?? []),
  }),
);
export type Samplers = z.output<typeof samplersSchema>;

export const schedulersSchema = z.array(
  z.object({ name: z.string(), label: z.string(), aliases: z.array(z.string()).nullish() }),
);
export type Schedulers = z.output<typeof schedulersSchema>;

export const progressSchema = z.object({
  progress: z.number(),
  state: z.object({
    interrupted: z.boolean(),
    skipped: z.boolean().optional().catch(undefined),
    job: z.string().nullish(),
    job_count: z.number(),
    job_no: z.number(),
    job_timestamp: z.string().nullish(),
    sampling_step: z.number(),
    sampling_steps: z.number(),
  }),
});
export type ServerProgress = z.output<typeof progressSchema>;

/** `POST /internal/progress`: where one job stands. */
export const taskProgressSchema = z.object({ active: z.boolean(), queued: z.boolean() });

export const pendingTasksSchema = z.object({ size: z.number(), tasks: z.array(z.string()) });

export const scriptInfoSchema = z.array(
  z.object({
    name: z.string().nullish(),
    is_alwayson: z.boolean(),
    is_img2img: z.boolean(),
    args: z.array(
      z.object({
        label: z.string().nullish(),
        /** The default. */
        value: z.unknown().optional(),
        choices: z.array(z.unknown()).nullish().catch(null),
      }),
    ),
  }),
);
export type ScriptInfo = z.output<typeof scriptInfoSchema>;
export type ScriptArgument = ScriptInfo[number]['args'][number];

/** `GET /openapi.json`, of which only the paths matter. */
export const openapiSchema = z.object({ paths: z.record(z.string(), z.unknown()) });

/** `GET /sdapi/v1/memory`: torch counts how often it found no memory on the card. */
export const memorySchema = z.object({
  cuda: z.object({ events: z.object({ oom: z.number() }) }),
});

export const txt2imgReplySchema = z.object({ images: z.array(z.string()), info: z.string() });

/** The JSON inside `info` of a txt2img reply. */
export const generationInfoSchema = z.object({
  all_seeds: z.array(z.number()),
  sampler_name: z.string().nullish(),
  prompt: z.string().nullish().catch(null),
  all_prompts: z.array(z.string()).nullish().catch(null),
  negative_prompt: z.string().nullish().catch(null),
  all_negative_prompts: z.array(z.string()).nullish().catch(null),
  steps: z.number().nullish().catch(null),
  cfg_scale: z.number().nullish().catch(null),
  batch_size: z.number().nullish().catch(null),
  clip_skip: z.number().nullish().catch(null),
  extra_generation_params: z.record(z.string(), z.unknown()).nullish().catch(null),
  width: z.number().nullish(),
  height: z.number().nullish(),
  sd_model_name: z.string().nullish(),
  sd_model_hash: z.string().nullish(),
  /** When the server began the job, to the second, by its own clock. */
  job_timestamp: z.string().nullish(),
  index_of_first_image: z.int().min(0).default(0),
  infotexts: z.array(z.string()).default([]),
});
export type GenerationInfo = z.output<typeof generationInfoSchema>;

/** `GET /config` of gradio 3: a dependency's position in the list is its `fn_index`. Single entries may be odd. */
export const gradioConfigSchema = z.object({
  components: z.array(z.unknown()),
  dependencies: z.array(z.unknown()),
});
export const gradioComponentSchema = z.object({
  id: z.number(),
  type: z.string(),
  props: z.object({ label: z.unknown().optional(), elem_id: z.unknown().optional() }),
});
export const gradioDependencySchema = z.object({
  targets: z.array(z.number()),
  trigger: z.string(),
  inputs: z.array(z.number()),
  outputs: z.array(z.number()),
});

export const predictSchema = z.object({ data: z.array(z.unknown()) });
export const predictUpdateSchema = z.object({ value: z.unknown().optional() });
