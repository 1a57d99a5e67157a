/** How many trials are open at a time, by what they take. */
import { describe, expect, it } from 'vitest';
import { openTrialsFor, type Hands } from '../../../src/fleet/open-trials.ts';

const QUICK_MERGE: Hands = {
  members: 16,
  requests: [8, 8, 8],
  mergeSeconds: 0.1,
  requestSeconds: 5,
  gapSeconds: 0.1,
};

describe('open trials', () => {
  it('are as many as members where these are few, whatever a trial takes', () => {
    for (const members of [1, 2, 3, 4]) {
      expect(openTrialsFor({ ...QUICK_MERGE, members })).toBe(members);
      expect(openTrialsFor({ ...QUICK_MERGE, members, mergeSeconds: 100 })).toBe(members);
    }
  });

  it('are no more than four where the images of one keep several at work', () => {
    expect(openTrialsFor(QUICK_MERGE)).toBe(4);
    expect(openTrialsFor({ ...QUICK_MERGE, members: 8 })).toBe(4);
  });

  it('are more where a merge takes long, since each of those that share a trial pays it', () => {
    expect(openTrialsFor({ ...QUICK_MERGE, mergeSeconds: 2 })).toBe(8);
    expect(openTrialsFor({ ...QUICK_MERGE, mergeSeconds: 20 })).toBe(16);
  });

  it('are more where a trial has not images enough for those that would share it', () => {
    expect(openTrialsFor({ ...QUICK_MERGE, requests: [2, 2] })).toBe(8);
    expect(openTrialsFor({ ...QUICK_MERGE, requests: [1] })).toBe(16);
  });

  it('are more where members would wait long between two trials', () => {
    expect(openTrialsFor({ ...QUICK_MERGE, gapSeconds: 0.5 })).toBe(8);
  });

  it('are one for each member while nothing is known', () => {
    expect(openTrialsFor({ ...QUICK_MERGE, requests: [] })).toBe(16);
    expect(openTrialsFor({ ...QUICK_MERGE, mergeSeconds: undefined })).toBe(16);
    expect(openTrialsFor({ ...QUICK_MERGE, requestSeconds: undefined })).toBe(16);
  });
});
