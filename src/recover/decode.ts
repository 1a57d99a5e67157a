/** Bytes of a log to text: shells write logs as UTF-8, and PowerShell's redirection writes UTF-16. */
import { encodingOf } from '../shared/files/decode-text.ts';

/** A log is read whatever its state: broken bytes become U+FFFD. Never throws. */
export function decodeLogBytes(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}
