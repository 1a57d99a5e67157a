/** Every reply of ComfyUI that is read, as far as it is read; later versions add fields and messages. */
import { z } from 'zod';

export const systemStatsSchema = z.object({
  system: z.object({
    comfyui_version: z.string(),
    /** What the server was started with. */
    argv: z.array(z.string()).catch([]),
  }),
  devices: z.array(z.object({ name: z.string().catch(''), type: z.string() })).catch([]),
});

const inputsSchema = z.record(z.string(), z.array(z.unknown())).catch({});
export const nodeInfoSchema = z.object({
  input: z.object({ required: inputsSchema, optional: inputsSchema.optional() }),
  output_node: z.boolean().catch(false),
  output: z.array(z.unknown()).optional().catch(undefined),
  /** Where the class comes from: ComfyUI's own are in `nodes` and `comfy_extras.…`. */
  python_module: z.string().optional().catch(undefined),
});
/** What a node class takes: `["FLOAT", {min, max, …}]`, `["MODEL"]`, or `[[choices], {…}]` per input. */
export type NodeInfo = z.output<typeof nodeInfoSchema>;
/** `GET /object_info/NAME`; `{}` for a class that the server lacks. */
export const objectInfoSchema = z.record(z.string(), nodeInfoSchema);
/** `GET /object_info`: descriptions of extensions that are none are left out. */
export const allNodesSchema = z.record(z.string(), z.unknown()).transform((infos) =>
  Object.fromEntries(
    Object.entries(infos).flatMap(([name, info]) => {
      const parsed = nodeInfoSchema.safeParse(info);
      return parsed.success ? [[name, parsed.data] as const] : [];
    }),
  ),
);
/** Some lists have numbers and switches among their names. */
export const choicesSchema = z
  .array(z.unknown())
  .transform((choices) => choices.filter((choice) => typeof choice === 'string'));
/** Later versions name the list of choices `options`. */
export const choiceOptionsSchema = z.object({ options: choicesSchema });
export const limitsSchema = z.object({ min: z.number(), max: z.number() });

/** `GET /node_replacements`, of later versions: by the old class, those that the server runs in its place. */
export const replacementsSchema = z.record(
  z.string(),
  z.array(z.object({ new_node_id: z.string() })).catch([]),
);
export type Replacements = z.output<typeof replacementsSchema>;

export const modelsSchema = z.array(z.string());

export const nodeSchema = z.object({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) });
export const graphSchema = z.record(z.string(), nodeSchema);

/** `[number, prompt_id, prompt, …]`, in the queue and in the history; the prompts of others may be anything. */
const queuedSchema = z.tuple([z.unknown(), z.string(), z.unknown()], z.unknown());
/** Entries of other clients that are none are left out. */
const entriesSchema = z.array(z.unknown()).transform((entries) =>
  entries.flatMap((entry) => {
    const parsed = queuedSchema.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  }),
);
export const queueSchema = z.object({ queue_running: entriesSchema, queue_pending: entriesSchema });
export type Queue = z.output<typeof queueSchema>;

const imageSchema = z.object({
  filename: z.string(),
  subfolder: z.string().catch(''),
  type: z.string(),
});
export type StoredImage = z.output<typeof imageSchema>;
const outputSchema = z.object({ images: z.array(imageSchema).catch([]) }).catch({ images: [] });

const historyEntrySchema = z.object({
  prompt: queuedSchema,
  outputs: z.record(z.string(), outputSchema),
  status: z
    .object({
      status_str: z.string(),
      messages: z.array(z.tuple([z.string(), z.unknown()], z.unknown())).catch([]),
    })
    .nullish(),
});
export type HistoryEntry = z.output<typeof historyEntrySchema>;
/** `{}` while the prompt waits or runs, and for an unknown one. */
export const historySchema = z.record(z.string(), historyEntrySchema);

/** `GET /history`: the prompts, of whatever sort the rest of an entry is. */
export const recentPromptsSchema = z.record(z.string(), z.unknown()).transform((entries) =>
  Object.values(entries).flatMap((entry) => {
    const parsed = z.object({ prompt: queuedSchema }).safeParse(entry);
    return parsed.success ? [parsed.data.prompt] : [];
  }),
);

const nodeErrorsSchema = z.record(
  z.string(),
  z.object({
    class_type: z.string().catch(''),
    errors: z.array(
      z.object({
        type: z.string().catch(''),
        message: z.string().catch(''),
        details: z.string().catch(''),
        extra_info: z
          .object({ input_name: z.string().optional(), received_value: z.unknown().optional() })
          .catch({}),
      }),
    ),
  }),
);
export type NodeErrors = z.output<typeof nodeErrorsSchema>;
export const promptReplySchema = z.object({
  prompt_id: z.string(),
  number: z.number().nullable().catch(null),
  node_errors: nodeErrorsSchema.catch({}),
});
export const refusalSchema = z.object({
  error: z.object({ type: z.string(), message: z.string(), details: z.string().catch('') }),
  node_errors: nodeErrorsSchema.catch({}),
});

/** A text frame of the WebSocket. */
export const messageSchema = z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) });
export type Message = z.output<typeof messageSchema>;
export const statusSchema = z.object({
  status: z.object({ exec_info: z.object({ queue_remaining: z.number() }) }),
});
export const progressSchema = z.object({ node: z.string(), value: z.number(), max: z.number() });
export const executingSchema = z.object({ node: z.string().nullable() });
export const executedSchema = z.object({ node: z.string(), output: outputSchema });
export const executionErrorSchema = z.object({
  node_id: z.string().catch(''),
  node_type: z.string().catch(''),
  exception_message: z.string().catch(''),
  exception_type: z.string().catch(''),
});
export type ExecutionError = z.output<typeof executionErrorSchema>;
