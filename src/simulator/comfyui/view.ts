/** `GET /view`: the bytes of an image. `preview=`, which recompresses, is not simulated: the whole file comes. */
import type { ImageFiles } from './image-files.ts';

export interface ViewReply {
  readonly status: 200 | 400 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

const TYPES = ['output', 'temp', 'input'];

export function viewImage(files: ImageFiles, query: URLSearchParams): ViewReply {
  const filename = query.get('filename') ?? '';
  const subfolder = query.get('subfolder') ?? '';
  const type = query.get('type') ?? 'output';
  const leadsOut = [filename, subfolder].some((part) => part.startsWith('/') || part.includes('..'));
  if (leadsOut || !TYPES.includes(type)) return { status: 400, headers: {}, bytes: Buffer.alloc(0) };
  const file = files.read(type, subfolder, filename);
  if (file === undefined) return { status: 404, headers: {}, bytes: Buffer.alloc(0) };
  return {
    status: 200,
    headers: {
      'content-disposition': `filename="${filename}"`,
      'content-type': 'image/png',
      etag: `"${file.writtenAt.getTime().toString(16)}-${file.bytes.length.toString(16)}"`,
      'last-modified': file.writtenAt.toUTCString(),
      'accept-ranges': 'bytes',
    },
    bytes: file.bytes,
  };
}
