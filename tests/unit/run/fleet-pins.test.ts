import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '../../../src/journal/record.ts';
import { groupsOf, pinsOfRun, recordedPins } from '../../../src/run/fleet-pins.ts';
import { pixelGroupOf } from '../../../src/run/prove-server.ts';
import { TinyRenderer } from '../../helpers/tiny-renderer.ts';

const ORDER = ['a', 'b', 'c', 'd'].map((request) => ({ request, index: 0 }));
const CHECK = { modelA: '1', zero: '1', one: '2', spread: '3', deepest: null };

type Server = Parameters<typeof pinsOfRun>[2][number];

function server(pixelGroup: string, pace?: number): Server {
  const proof = { ...CHECK, architecture: 'sd1' as const, request: 'proof/0', rearmed: false };
  return { renderer: new TinyRenderer(), proof, pixelGroup, pace };
}

const time = { at: '2026-01-01T00:00:00.000Z', evaluation: 1, iteration: 1 };

function scored(): JournalRecord {
  const image = { request: 'a', index: 0, payload: 'a', seed: 1, score: 1, raw: {}, pixels: 'p', seconds: 1 };
  return { kind: 'scored', trial: 1, score: 1, images: [image], time };
}

function fleet(pins: Record<string, string>, proof?: number): JournalRecord {
  const members = [...new Set(Object.values(pins))].map((pixelGroup) => ({
    name: `server ${pixelGroup}`,
    address: `http://${pixelGroup}`,
    pixelGroup,
  }));
  return { kind: 'fleet', members, pins, ...(proof !== undefined && { proof }), time };
}

describe('what a journal says of who drew', () => {
  it('is nothing before the first image, and the only server of a run that was none of a fleet', () => {
    const proof: JournalRecord = { kind: 'proof', proof: CHECK };
    expect(recordedPins([proof], ORDER)).toBeUndefined();
    const group = pixelGroupOf(CHECK);
    expect(recordedPins([proof, scored()], ORDER)?.pins).toEqual({ a: group, b: group, c: group, d: group });
    expect(pixelGroupOf({ ...CHECK, parts: undefined })).toBe(group);
    expect(pixelGroupOf({ ...CHECK, spread: '4' })).not.toBe(group);
    expect(recordedPins([scored()], ORDER)?.pins['a']).toBe('unproved');
  });

  it('is the last fleet, of the search or of the proof that is asked for', () => {
    const records = [fleet({ a: 'x' }), fleet({ a: 'y' }), fleet({ a: 'z' }, 1)];
    expect(recordedPins(records, ORDER)?.pins).toEqual({ a: 'y' });
    expect(recordedPins(records, ORDER, 1)?.pins).toEqual({ a: 'z' });
    expect(recordedPins(records, ORDER, 2)).toBeUndefined();
  });
});

describe('the pins of a session', () => {
  const recorded = recordedPins([fleet({ a: 'x', b: 'x', c: 'y', d: 'y' })], ORDER);

  it('stay where a recorded group is there; what the others draw is missing, and said', () => {
    const { pins, notices } = pinsOfRun(recorded, ORDER, [server('x')]);
    expect(pins).toEqual({ a: 'x', b: 'x', c: 'y', d: 'y' });
    expect(notices).toEqual([
      expect.stringMatching(/^2 images of 4 are drawn by http:\/\/y, which is missing/),
    ]);
  });

  it('are others where no recorded group is there, and that is said', () => {
    const { pins, notices } = pinsOfRun(recorded, ORDER, [server('z')]);
    expect(new Set(Object.values(pins))).toEqual(new Set(['z']));
    expect(notices).toEqual([expect.stringContaining('from here on images differ slightly')]);
  });

  it('are none where most of the images could not be drawn', () => {
    const most = recordedPins([fleet({ a: 'x', b: 'y', c: 'y', d: 'y' })], ORDER);
    expect(() => pinsOfRun(most, ORDER, [server('x')])).toThrow(
      expect.objectContaining({ code: 'webui-gone', message: expect.stringContaining('3 images of 4') }),
    );
  });

  it('follow the pace of the groups, where one is clearly slower', () => {
    const equal = groupsOf([server('x', 1), server('y', 1.1)]);
    expect(equal.map(({ imageSeconds }) => imageSeconds)).toEqual([1, 1]);
    const { pins } = pinsOfRun(undefined, ORDER, [server('x', 1), server('y', 3)]);
    expect(Object.values(pins).filter((group) => group === 'x')).toHaveLength(3);
  });
});
