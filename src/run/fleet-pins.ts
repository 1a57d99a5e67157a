/** Which pixel group draws which images of a run: pinned once, recorded, and kept by whoever goes on with it. */
import { keepPins, pinImages, type PixelGroup, type Pins } from '../fleet/pins.ts';
import type { JournalRecord, RecordOf } from '../journal/record.ts';
import { runError } from '../shared/errors.ts';
import { counted } from '../shared/counted.ts';
import type { ImageRef } from '../trial/evaluator.ts';
import { pixelGroupOf, type ConnectedServer } from './prove-server.ts';

type FleetRecord = RecordOf<'fleet'>;

/** What the journal says of who drew: the pins of its last fleet, or all images by the pixels of its only server. */
export interface RecordedPins {
  readonly pins: Pins;
  /** Which servers a group had, for messages. */
  readonly members: FleetRecord['members'];
}

/** @param proof of that proof; undefined = of the search. @returns undefined where nothing was drawn yet */
export function recordedPins(
  records: readonly JournalRecord[],
  order: readonly ImageRef[],
  proof?: number,
): RecordedPins | undefined {
  const fleet = records.findLast((entry) => entry.kind === 'fleet' && entry.proof === proof);
  if (fleet?.kind === 'fleet') return { pins: fleet.pins, members: fleet.members };
  const isDrawn = records.some((entry) =>
    proof === undefined
      ? entry.kind === 'image' ||
        ((entry.kind === 'scored' || entry.kind === 'added') && entry.images.length > 0)
      : (entry.kind === 'proof-image' && entry.proof === proof) ||
        (entry.kind === 'proved' && entry.proof === proof && entry.images.length > 0),
  );
  if (!isDrawn) return undefined;
  const check = records.findLast((entry) => entry.kind === 'proof');
  // Without a merge check nobody knows what that server drew.
  const group = check?.kind === 'proof' ? pixelGroupOf(check.proof) : 'unproved';
  return { pins: Object.fromEntries(order.map(({ request }) => [request, group])), members: [] };
}

export interface RunPins {
  readonly pins: Pins;
  /** Sentences for people. */
  readonly notices: readonly string[];
}

/** @throws run error `webui-gone` where those that draw most of the images are not there */
export function pinsOfRun(
  recorded: RecordedPins | undefined,
  order: readonly ImageRef[],
  servers: readonly Pick<ConnectedServer, 'renderer' | 'proof' | 'pixelGroup' | 'pace'>[],
): RunPins {
  const groups = groupsOf(servers);
  const notices =
    groups.length > 1 ? [servers.some(({ proof }) => proof === undefined) ? UNPROVED : UNLIKE] : [];
  if (recorded === undefined) return { pins: pinImages(order, groups), notices };
  const { pins, isAnew, lacking } = keepPins(recorded.pins, order, groups);
  if (isAnew) return { pins, notices: [...notices, ANEW] };
  const lost = order.filter(({ request }) => lacking.includes(pins[request] ?? '')).length;
  if (lost > 0) {
    const absent = recorded.members.filter(({ pixelGroup }) => lacking.includes(pixelGroup));
    const names = absent.map(({ name, address }) => address ?? name).join(', ') || 'an earlier WebUI';
    const what = `${counted(lost, 'image')} of ${order.length} ${lost === 1 ? 'is' : 'are'} drawn by ${names}, which ${absent.length > 1 ? 'are' : 'is'} missing, and no other WebUI draws the same pixels`;
    if (2 * lost > order.length)
      throw runError(
        'webui-gone',
        `${what}: start it, then resume; or start a new search with --warm-start.`,
      );
    notices.push(`${what}: these images are skipped until it is back.`);
  }
  return { pins, notices };
}

const UNLIKE =
  'The WebUIs do not draw the same pixels (different graphics cards or launch settings): each image is always drawn by WebUIs that give the same pixels, so that scores are comparable.';
const UNPROVED =
  'Without the merge check it is unknown which WebUIs draw the same pixels: each image is always drawn by the same one, so that scores are comparable.';
const ANEW =
  'No available WebUI draws the same pixels as before: from here on images differ slightly from those of earlier iterations.';

/** In the order of the servers. */
export function groupsOf(servers: readonly Pick<ConnectedServer, 'pixelGroup' | 'pace'>[]): PixelGroup[] {
  const names = [...new Set(servers.map(({ pixelGroup }) => pixelGroup))];
  const paceOf = (name: string): number | undefined => {
    const paces = servers.flatMap(({ pixelGroup, pace }) => (pixelGroup === name ? (pace ?? []) : []));
    return paces.length === 0 ? undefined : Math.min(...paces);
  };
  const fastest = Math.min(...names.flatMap((name) => paceOf(name) ?? []));
  return names.map((name) => {
    const pace = paceOf(name);
    const members = servers.filter(({ pixelGroup }) => pixelGroup === name).length;
    // Tiny images tell roughly: only what is clearly slower counts as that.
    const imageSeconds = pace && Math.round((2 * pace) / fastest) / 2;
    return { name, members, ...(imageSeconds !== undefined && { imageSeconds }) };
  });
}
