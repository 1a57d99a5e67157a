/** Has a picture arrived whole? Its pixels are not looked at. */
import { crc32 } from 'node:zlib';

/** What it is instead, for a sentence; undefined for a whole PNG, which is all that ComfyUI's previews are. */
export function faultOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'an empty picture';
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!view.subarray(0, 8).equals(SIGNATURE)) {
    // Something between us and the server may turn pictures into others; whoever decodes them will see.
    return OTHER_PICTURES.some((start) => view.subarray(0, start.length).equals(start))
      ? undefined
      : `something else than a picture (${JSON.stringify(view.toString('latin1', 0, 30))})`;
  }
  for (let at = SIGNATURE.length; at + 12 <= view.length;) {
    const end = at + 12 + view.readUInt32BE(at);
    if (end > view.length) break;
    if (crc32(view.subarray(at + 4, end - 4)) !== view.readUInt32BE(end - 4)) return 'a damaged picture';
    if (view.toString('latin1', at + 4, at + 8) === 'IEND') return undefined;
    at = end;
  }
  return `a picture that breaks off after ${bytes.length} bytes`;
}

const SIGNATURE = Buffer.from('\u0089PNG\r\n\u001A\n', 'latin1');
/** JPEG, WebP. */
const OTHER_PICTURES = [Buffer.from('\u00FF\u00D8\u00FF', 'latin1'), Buffer.from('RIFF')];
