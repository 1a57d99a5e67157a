/** Exchanges with a real AUTOMATIC1111 1.10.1 that somebody else used too, or that was started with another family's model. */
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = new URL('../fixtures/webui-company/', import.meta.url);

const exchangeSchema = z.object({
  request: z.object({ method: z.string(), path: z.string(), body: z.unknown().optional() }),
  status: z.number(),
  body: z.unknown(),
  derived: z
    .object({
      images: z.array(z.object({ pixel_sha256: z.string() })),
      info: z.object({
        sd_model_name: z.string(),
        sd_model_hash: z.string(),
        job_timestamp: z.string(),
      }),
    })
    .optional(),
});
export type CompanyExchange = z.output<typeof exchangeSchema>;

/** By the beginning of its name, such as `foreign_override_midrun_07`. */
export function companyExchange(name: string): CompanyExchange {
  const file = readdirSync(FOLDER).find((one) => one.startsWith(name));
  return exchangeSchema.parse(JSON.parse(readFileSync(new URL(file ?? name, FOLDER), 'utf8')));
}

const progressSchema = z.object({
  progress: z.number(),
  state: z.object({
    interrupted: z.boolean(),
    job: z.string(),
    job_count: z.number(),
    job_no: z.number(),
    job_timestamp: z.string(),
    sampling_step: z.number(),
    sampling_steps: z.number(),
  }),
});
export type RecordedProgress = z.output<typeof progressSchema>;

const timelineSchema = z.array(
  z.object({
    t: z.string(),
    request: z.object({ method: z.string(), path: z.string() }),
    status: z.number(),
    body: z.record(z.string(), z.unknown()),
  }),
);

/** What the server showed while a job of somebody else ran before ours: looks at the progress in order, and our replies. */
export function companyTimeline(): {
  readonly looks: readonly { readonly t: string; readonly progress: RecordedProgress }[];
  readonly replies: readonly { readonly t: string; readonly model: string; readonly began: string }[];
} {
  const events = timelineSchema.parse(
    JSON.parse(readFileSync(new URL('foreign_override_midrun_timeline.json', FOLDER), 'utf8')),
  );
  const infoSchema = z.object({ info: z.object({ sd_model_name: z.string(), job_timestamp: z.string() }) });
  return {
    looks: events
      .filter(({ request }) => request.path.startsWith('/sdapi/v1/progress'))
      .map(({ t, body }) => ({ t, progress: progressSchema.parse(body) })),
    replies: events
      .filter(({ request }) => request.path === '/sdapi/v1/txt2img')
      .map(({ t, body }) => {
        const { info } = infoSchema.parse(body);
        return { t, model: info.sd_model_name, began: info.job_timestamp };
      }),
  };
}
