import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, connect as dial } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A line to a server that does not bring everything across. */
export interface LossyLine {
  /** Host and port of its near end. */
  host: string;
  /** Loses one answer: the next request arrives, the connection ends, and nothing comes back. */
  loseNext(): void;
  /** How many answers were lost so. */
  lost(): number;
  /** Swallows all that goes one way from now on, and lets nobody notice. */
  swallow(what: 'requests' | 'answers'): void;
  /** Ends the connections that had something swallowed; new ones bring everything across. */
  heal(): void;
  close(): Promise<void>;
}

/** Lays a line to a server, given as host and port. */
export async function lossyLine(to: string): Promise<LossyLine> {
  const [address, port] = to.split(':');
  const broken = new Set<Socket>();
  let losing = false;
  let lost = 0;
  let swallowing: 'requests' | 'answers' | undefined;
  const server = createServer(near => {
    const far = dial(Number(port), address);
    let silent = false;
    function across(what: 'requests' | 'answers', bytes: Buffer) {
      if (swallowing === what) broken.add(near);
      else if (what === 'requests') far.write(bytes);
      else near.write(bytes);
    }
    near.on('data', bytes => {
      across('requests', bytes);
      if (!losing) return;
      losing = false;
      silent = true;
      // Long enough for a server in this process to have carried out what it was asked.
      void wait(100).then(() => {
        lost++;
        near.destroy();
      });
    });
    far.on('data', bytes => silent || across('answers', bytes));
    near.on('close', () => far.destroy()).on('error', () => far.destroy());
    far.on('close', () => near.destroy()).on('error', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseNext() {
      losing = true;
    },
    lost: () => lost,
    swallow(what) {
      swallowing = what;
    },
    heal() {
      swallowing = undefined;
      for (const connection of broken) connection.destroy();
      broken.clear();
    },
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
