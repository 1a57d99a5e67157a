/** A way to a port of this machine that can be cut for good, as the death of a process cuts it: what comes later goes elsewhere. */
import { once } from 'node:events';
import net from 'node:net';

export interface Severable {
  readonly port: number;
  /** Cuts every connection at once, in the middle of whatever is said. @param elsewhere where the next ones lead */
  sever(elsewhere: number): void;
  close(): Promise<void>;
}

export async function startSeverable(to: number): Promise<Severable> {
  let target = to;
  const sockets = new Set<net.Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const keep = (socket: net.Socket, other: net.Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  };
  const server = net.createServer((near) => {
    const far = net.connect(target, '127.0.0.1');
    keep(near, far);
    keep(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a port was expected');
  return {
    port: address.port,
    sever(elsewhere) {
      target = elsewhere;
      cut();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
