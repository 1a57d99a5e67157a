/** What the tests see of kept-peers.mjs. */
import type { Problem } from './optimizer-problems.mjs';
export interface PeerRun {
  optimizer: string;
  problem: string;
  seed: number;
  images: number;
  evaluations: number;
  at: number[];
  gain: number[];
  versions: Record<string, string>;
  date: string;
}
export interface KeptRun extends PeerRun {
  group: string;
  recommended: number[];
  ms: Record<string, number>;
  kept: true;
}
export function keptRuns(problems: readonly Problem[], evaluations: number, file?: string): KeptRun[];
export function keepRuns(runs: readonly PeerRun[], problems: readonly Problem[], file?: string): void;
export function keptNotes(runs: readonly KeptRun[]): string[];
