/** A run that nobody watches: when it may work, and who is told what happens. */
import { z } from 'zod';
import { HoursFault, parseHours } from '../../shared/hours.ts';
import { parseTarget, TargetFault } from '../../events/target.ts';
import { EVENT_NAMES, eventsIn } from '../../types.ts';
import { optionsOf } from './option.ts';

const option = optionsOf('Unattended');

/** One word in place of hours takes the limit of a run away. */
const hours = z.string().superRefine((text, context) => {
  if (text === 'always') return;
  try {
    parseHours(text);
  } catch (error) {
    if (!(error instanceof HoursFault)) throw error;
    context.addIssue({ code: 'custom', message: error.message, input: text });
  }
});

const target = z.string().superRefine((text, context) => {
  try {
    parseTarget(text);
  } catch (error) {
    if (!(error instanceof TargetFault)) throw error;
    context.addIssue({ code: 'custom', message: error.message, input: text });
  }
});

/** One name, or several with commas. */
const eventNames = z.string().superRefine((text, context) => {
  if (eventsIn([text]) !== undefined) return;
  context.addIssue({
    code: 'custom',
    message: `must be one of ${EVENT_NAMES.join(', ')}, all`,
    params: { among: [...EVENT_NAMES, 'all'] },
    input: text,
  });
});

export const unattendedOptions = {
  onlyBetween: z
    .array(hours)
    .default([])
    .meta(
      option({
        value: 'hours',
        description:
          'Search only during these hours, local time: 23:00-07:00, "Mon-Fri 20:00-06:00", always; repeatable',
      }),
    ),
  pauseFile: z
    .string()
    .min(1)
    .optional()
    .meta(option({ value: 'file', description: 'Pause while this file exists' })),
  onEvent: z
    .array(target)
    .optional()
    .meta(
      option({
        value: 'command|url',
        env: 'AUTOMBW_ON_EVENT',
        secret: true,
        description: "Command (notify-send autombw '{message}') or web address to notify; repeatable",
      }),
    ),
  events: z
    .array(eventNames)
    .default(['best', 'paused', 'failed', 'finished'])
    .meta(
      option({
        value: 'names',
        description: `Events to notify about, comma-separated: ${EVENT_NAMES.join(', ')}, all`,
      }),
    ),
};
