/** What a real ComfyUI 0.3.64 answered (tests/fixtures/comfyui). */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { graphSchema, messageSchema, nodeInfoSchema } from '../../../../src/renderers/comfyui/schemas.ts';
import type { Message, NodeInfo } from '../../../../src/renderers/comfyui/schemas.ts';
import type { Graph } from '../../../../src/renderers/comfyui/graph/graph.ts';

const exchangeSchema = z.object({
  request: z.object({ method: z.string(), path: z.string(), body: z.unknown().optional() }),
  status: z.number(),
  body: z.unknown(),
});
export type Exchange = z.output<typeof exchangeSchema>;

function recording(name: string): unknown {
  const file = new URL(`../../../fixtures/comfyui/${name}.json`, import.meta.url);
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return value;
}

export function exchange(name: string): Exchange {
  return exchangeSchema.parse(recording(name));
}

/** Part of a recording, by its path. */
export function part(name: string, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => Reflect.get(Object(value), key), recording(name));
}

/** The text messages of a transcript. */
export function messages(name: string, ...path: readonly string[]): readonly Message[] {
  return z
    .array(z.object({ message: z.unknown() }))
    .parse(part(name, ...path, 'messages'))
    .flatMap(({ message }) => {
      const parsed = messageSchema.safeParse(message);
      return parsed.success ? [parsed.data] : [];
    });
}

export function postedGraph(...path: [string, ...(string | number)[]]): Graph {
  return graphSchema.parse(part(...path));
}

/** The recorded nodes, and those of sec. 4.5 as their recorded use shows them. */
export function objectInfo(): Record<string, NodeInfo & { input: NodeInfo['input'] }> {
  const nodes = z.record(z.string(), nodeInfoSchema).parse(exchange('get_object_info_selected').body);
  const used = postedGraph('extrapolation_minus1_to_2', 'prompt_exchange', 'request', 'body', 'prompt');
  for (const { class_type: name, inputs } of Object.values(used)) {
    nodes[name] ??= {
      output_node: false,
      input: {
        required: Object.fromEntries(
          Object.entries(inputs).map(([input, value]) => [
            input,
            typeof value === 'number' ? ['FLOAT', { min: -10, max: 10 }] : ['MODEL'],
          ]),
        ),
      },
    };
  }
  return nodes;
}

/** A server with an upscaler, whose inputs only the types tell. */
export function withUpscaler(): ReturnType<typeof objectInfo> {
  return {
    ...objectInfo(),
    UpscaleModelLoader: {
      output_node: false,
      input: { required: { model_name: [['RealESRGAN_x4plus.pth', '4x-UltraSharp.pth'], {}] } },
    },
    ImageUpscaleWithModel: {
      output_node: false,
      input: { required: { upscale_model: ['UPSCALE_MODEL'], image: ['IMAGE'] } },
    },
  };
}
