/** An evaluator as if it were in another process: whatever crosses does so as JSON. */
import type { EvaluationEvents, Evaluator } from '../../src/trial/evaluator.ts';

export function throughJson(evaluator: Evaluator): Evaluator {
  return {
    name: evaluator.name,
    // Signals are local: those of what is wanted stay here.
    evaluate: async (
      trial,
      { until: _, drop: __, leave: ___, leaveScorer: ____, ...wanted },
      signal,
      events,
    ) => copy(await evaluator.evaluate(copy(trial), copy(wanted), signal, eventsThroughJson(events))),
    look: async (signal, events) => copy(await evaluator.look(signal, eventsThroughJson(events))),
    redraw: async (image, signal, events) =>
      copy(await evaluator.redraw(copy(image), signal, eventsThroughJson(events))),
  };
}

function eventsThroughJson({ onProgress, onImage, onWarning, onInfo }: EvaluationEvents): EvaluationEvents {
  return {
    onProgress: (progress) => onProgress?.(copy(progress)),
    onImage: (record, { bytes, infotext }) => {
      const sent = copy({ record, infotext, bytes: Buffer.from(bytes).toString('base64') });
      onImage?.(sent.record, { infotext: sent.infotext, bytes: Buffer.from(sent.bytes, 'base64') });
    },
    onWarning: (sentence) => onWarning?.(copy(sentence)),
    onInfo: (sentence) => onInfo?.(copy(sentence)),
  };
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
