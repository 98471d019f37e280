import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Firestore } from '@google-cloud/firestore';
import type { FirestoreServer } from '../../src/local/firestore/server.ts';
import { startProgram } from '../../src/local/program.ts';
import type { StandIns } from '../../src/local/stack.ts';
import { startStandIns } from '../../src/local/stack.ts';
import type { Fleet, FleetOptions } from './fleet.ts';
import { startFleet } from './fleet.ts';
import type { Mishap, Wire } from './wire.ts';
import { wireWith } from './wire.ts';

/** Where stories are played: a world of stand-ins, the workers in it, and the wires between them. */
export interface Theatre extends StandIns {
  fleet: Fleet;
  /** What Firestore holds, read past every gate. */
  store: Firestore;
  /** The wires of the story that is being played. */
  wire(): Wire;
  /** Makes ready for a story in which these mishaps happen. `fresh`: with workers that remember nothing. */
  begin(mishaps: readonly Mishap[], options?: { fresh?: boolean | undefined }): Promise<Wire>;
}

/** How a theatre differs from the usual: one worker at work and one standing by. */
export interface TheatreOptions extends Partial<Pick<FleetOptions, 'count' | 'spare'>> {
  /** Another `main.ts` than the repository's. */
  program?: string | undefined;
  /** The address by which Firestore is reached; its own, where none is given. */
  through?: string | undefined;
  /** The longest that a call to Slack takes on its way, in milliseconds: each takes a random part of it. */
  slackTakes?: number | undefined;
  /** What differs for each worker, by its number. */
  environment?: (number: number) => Record<string, string>;
}

/** All waiting in the app, shortened: everything else is as it is deployed. */
const haste = { LOOK_SECONDS: '0.1', CALL_SECONDS: '1', LEASE_SECONDS: '3' };

// Without it the client asks the network for Google's metadata server before its first call.
process.env.METADATA_SERVER_DETECTION = 'none';

// Each worker that runs listens for the end of this process.
process.setMaxListeners(200);

// For stories that take seconds, a Java that compiles less takes a third of the time.
process.env.JAVA_TOOL_OPTIONS ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';

// Starting a process takes half as long where what Node compiled before is kept.
const compiled = mkdtempSync(join(tmpdir(), 'retort-chaos-'));
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }));
const filled = new Map<string | undefined, Promise<unknown>>();

let theatres = 0;
const teacherRows = ['delivery', 'refund'].map(output_text => ({ input_text: `About my ${output_text}`, output_text }));

/** Opens a theatre with a project of its own in a Firestore that others use too. */
export async function openTheatre(
  firestore: FirestoreServer & { name: string },
  { program, through, slackTakes = 0, environment, count = 1, spare = true }: TheatreOptions = {},
): Promise<Theatre> {
  const standIns = await startStandIns({
    project: `acme-${process.pid}-${theatres++}`,
    firestore,
    live: true,
    speed: 0,
    slack: { rateLimits: false, fileDelayMs: 50 },
    // Asked for a verdict alone: one that is quickly taught.
    vertex: { teacherRows },
  });
  const variables = { NODE_COMPILE_CACHE: compiled, OPEN_JOBS_PER_PERSON: '1000', ...haste };
  if (!filled.has(program))
    filled.set(program, startAndStop({ ...standIns.environment, NODE_COMPILE_CACHE: compiled }, program));
  await filled.get(program);
  let wire = wireWith();
  const fleet = await startFleet(standIns, {
    count,
    spare,
    harm: call => wire.harm(call),
    delay: ({ service }) => (service === 'Slack' ? slackTakes * Math.random() : 0),
    firestore: through ?? firestore.host,
    worker: number => ({ program, environment: { ...variables, ...environment?.(number) } }),
  });
  const store = new Firestore({ projectId: standIns.project.id, host: firestore.host, ssl: false });
  return {
    ...standIns,
    fleet,
    store,
    wire: () => wire,
    async begin(mishaps, { fresh = false } = {}) {
      await fleet.ready({ fresh });
      wire = wireWith(mishaps);
      return wire;
    },
    async close() {
      await fleet.close();
      await store.terminate();
      await standIns.close();
    },
  };
}

/** Only who ends politely leaves behind what was compiled. */
async function startAndStop(environment: Record<string, string>, program: string | undefined): Promise<void> {
  const started = await startProgram(environment, program);
  await started.stop();
}
