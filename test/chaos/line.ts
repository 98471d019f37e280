import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, connect as dial } from 'node:net';

/** A line to a server, as bytes. */
export interface Line {
  /** Where it begins: host and port. */
  host: string;
  /** From now on, what is sent arrives and what is answered does not. */
  swallow(): void;
  /** From now on nothing passes, either way, though connections stay. */
  hang(): void;
  /** Ends every connection; new ones end at once. */
  cut(): void;
  /** Ends connections whose bytes were lost or held up; whatever is sent from now on arrives. */
  heal(): void;
  /** How many bytes of answers were swallowed. */
  swallowed(): number;
  close(): Promise<void>;
}

/** Lays a line before a server. */
export async function layLine(to: string): Promise<Line> {
  const [address, port] = to.split(':');
  let is: 'well' | 'swallowing' | 'hanging' | 'cut' = 'well';
  let swallowed = 0;
  const pairs = new Set<{ near: Socket; far: Socket }>();
  const server = createServer(near => {
    if (is === 'cut') return void near.destroy();
    const far = dial(Number(port), address);
    const pair = { near, far };
    pairs.add(pair);
    near.on('data', bytes => is !== 'hanging' && far.write(bytes));
    far.on('data', bytes => {
      if (is === 'well') near.write(bytes);
      else swallowed += bytes.length;
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function endAll() {
    for (const { near, far } of pairs) {
      near.destroy();
      far.destroy();
    }
  }

  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallow() {
      is = 'swallowing';
    },
    hang() {
      is = 'hanging';
    },
    cut() {
      is = 'cut';
      endAll();
    },
    heal() {
      // A connection that has lost bytes can never be used again.
      if (is !== 'well') endAll();
      is = 'well';
    },
    swallowed: () => swallowed,
    async close() {
      endAll();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
