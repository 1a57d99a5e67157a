/** The short hashes by which WebUIs and model sites name a file. */
import { sha256OfPart } from '../shared/hashes/sha256.ts';

/** First 8 hex digits of the SHA-256 of 64 KiB from 1 MiB on: the old short hash, which different files may share. */
export async function autoV1(file: string): Promise<string> {
  return (await sha256OfPart(file, 0x10_0000, 0x1_0000)).slice(0, 8);
}
