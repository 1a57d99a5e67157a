/** By the first bytes: a server may send another format than it says. */
export function mimeOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'image/jpeg';
  return bytes[0] === 0x52 && bytes[1] === 0x49 ? 'image/webp' : 'image/png';
}
