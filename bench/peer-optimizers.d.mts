/** What the tests see of peer-optimizers.mjs. */
export interface PeerSearch {
  versions: Record<string, string>;
  ask(): Promise<number[]>;
  tell(score: number): Promise<void>;
}
export interface Peers {
  start(
    name: string,
    dimensions: readonly { low: number; high: number; intervals: number }[],
    seed: number,
  ): Promise<PeerSearch>;
  close(): Promise<void>;
}
export const PEERS: readonly string[];
export const ALL_PEERS: readonly string[];
export function startPeers(python: string): Peers;
