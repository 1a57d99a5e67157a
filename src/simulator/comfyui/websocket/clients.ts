/** Who listens: one connection a client id, and what each of them is told. */
import { MAX_BODY_BYTES } from '../../front-door.ts';
import { isObject, readJson, writeJson } from '../json.ts';
import type { WebSocketConnection } from './connection.ts';

/** What `GET /features` says, too. */
export const FEATURES = { supports_preview_metadata: true, max_upload_size: MAX_BODY_BYTES } as const;

interface Client {
  readonly connection: WebSocketConnection;
  /** It has said that it takes images with metadata. */
  wantsMetadata: boolean;
}

/** The event types that stand in front of binary messages. */
const EVENT = { preview: 1, previewWithMetadata: 4 } as const;
const FORMAT_PNG = 2;

export class Clients {
  readonly #clients = new Map<string, Client>();
  /** Connections that a newer one of the same id has replaced: open, but told nothing more. */
  readonly #replaced = new Set<WebSocketConnection>();

  add(id: string, connection: WebSocketConnection): void {
    const old = this.#clients.get(id);
    if (old !== undefined) this.#replaced.add(old.connection);
    const client: Client = { connection, wantsMetadata: false };
    this.#clients.set(id, client);
    let isFirst = true;
    connection.onText = (text) => {
      if (isFirst) greet(client, text);
      isFirst = false;
    };
    connection.onClose = () => {
      this.#replaced.delete(connection);
      if (this.#clients.get(id) === client) this.#clients.delete(id);
    };
  }

  /** To one client, or to nobody when it is not connected. */
  tell(id: string, type: string, data: object): void {
    this.#clients.get(id)?.connection.sendText(writeJson({ type, data }));
  }

  tellAll(type: string, data: object): void {
    const text = writeJson({ type, data });
    for (const { connection } of this.#clients.values()) connection.sendText(text);
  }

  wantsMetadata(id: string): boolean {
    return this.#clients.get(id)?.wantsMetadata ?? false;
  }

  /** A finished image: with its node's id for those who take that, alone for others. */
  sendPng(id: string, png: Buffer, metadata: object): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    if (client.wantsMetadata) {
      const text = Buffer.from(writeJson({ ...metadata, image_type: 'image/png' }));
      client.connection.sendBinary(
        Buffer.concat([number(EVENT.previewWithMetadata), number(text.length), text, png]),
      );
    } else {
      client.connection.sendBinary(Buffer.concat([number(EVENT.preview), number(FORMAT_PNG), png]));
    }
  }

  cut(id: string): void {
    this.#clients.get(id)?.connection.cut();
  }

  cutAll(): void {
    for (const { connection } of this.#clients.values()) connection.cut();
    for (const connection of this.#replaced) connection.cut();
    this.#clients.clear();
  }
}

/** Flags count only in the first message of a connection. */
function greet(client: Client, text: string): void {
  try {
    const message = readJson(text);
    if (!isObject(message) || message['type'] !== 'feature_flags') return;
    const flags = message['data'];
    client.wantsMetadata = isObject(flags) && flags['supports_preview_metadata'] === true;
    client.connection.sendText(writeJson({ type: 'feature_flags', data: FEATURES }));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
