/** The UserComment of EXIF data, where WebUIs keep the infotext of JPEG and WebP files. */

const EXIF_FOLDER = 0x8769;
const USER_COMMENT = 0x9286;
const LONG = 4;
const UNDEFINED = 7;
const ENTRY = 12;
/** `UNICODE` and a zero byte: UTF-16, big-endian as AUTOMATIC1111 writes it whatever the byte order of the rest. */
const UNICODE = Buffer.from('UNICODE\0', 'latin1');
const ASCII = Buffer.from('ASCII\0\0\0', 'latin1');

/** A TIFF structure that holds nothing but the comment. */
export function commentExif(text: string): Buffer {
  const comment = Buffer.concat([UNICODE, Buffer.from(text, 'utf16le').swap16()]);
  const header = Buffer.from([0x4d, 0x4d, 0, 42, 0, 0, 0, 8]);
  const exifAt = header.length + 2 + ENTRY + 4;
  const commentAt = exifAt + 2 + ENTRY + 4;
  return Buffer.concat([
    header,
    folderOf(EXIF_FOLDER, LONG, 1, exifAt),
    folderOf(USER_COMMENT, UNDEFINED, comment.length, commentAt),
    comment,
  ]);
}

/** @param exif with or without `Exif` in front; undefined when it has no comment or makes no sense */
export function readExifComment(exif: Buffer): string | undefined {
  const tiff = exif.toString('latin1', 0, 4) === 'Exif' ? exif.subarray(6) : exif;
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < 8 || (order !== 'MM' && order !== 'II')) return undefined;
  const isBig = order === 'MM';
  const u16 = (at: number): number => (isBig ? tiff.readUInt16BE(at) : tiff.readUInt16LE(at));
  const u32 = (at: number): number => (isBig ? tiff.readUInt32BE(at) : tiff.readUInt32LE(at));
  const find = (folder: number, tag: number): number | undefined => {
    for (let i = 0; i < u16(folder); i++) {
      const at = folder + 2 + i * ENTRY;
      if (u16(at) === tag) return at;
    }
    return undefined;
  };
  try {
    const folder = find(u32(4), EXIF_FOLDER);
    const entry = folder === undefined ? undefined : find(u32(folder + 8), USER_COMMENT);
    if (entry === undefined) return undefined;
    const start = u32(entry + 8);
    const end = start + u32(entry + 4);
    return end > tiff.length ? undefined : decode(tiff.subarray(start, end));
  } catch (error) {
    // An offset that points out of the data.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function folderOf(tag: number, type: number, count: number, value: number): Buffer {
  const folder = Buffer.alloc(2 + ENTRY + 4);
  folder.writeUInt16BE(1, 0);
  folder.writeUInt16BE(tag, 2);
  folder.writeUInt16BE(type, 4);
  folder.writeUInt32BE(count, 6);
  folder.writeUInt32BE(value, 10);
  return folder;
}

function decode(comment: Buffer): string {
  const text = comment.subarray(UNICODE.length);
  const code = comment.subarray(0, UNICODE.length);
  if (code.equals(ASCII)) return text.toString('utf8');
  if (!code.equals(UNICODE)) return comment.toString('utf8').replaceAll('\0', '');
  const even = Buffer.from(text.subarray(0, text.length - (text.length % 2)));
  // Some writers take the byte order of the file: then the zeros of Latin letters come second.
  const isLittle = even[0] !== 0 && even[1] === 0;
  return (isLittle ? even : even.swap16()).toString('utf16le');
}
