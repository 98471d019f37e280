import type { File, Storage } from '@google-cloud/storage';
import { z } from 'zod';
import { tagOf } from '../job/curves.ts';
import type { EventFile } from '../job/job.ts';
import { isPipeline } from '../job/spec.ts';
import { parseFolder } from '../job/uri.ts';
import type { Events, Written } from '../world.ts';
import { Unavailable } from '../world.ts';
import { scalarsIn } from './event-records.ts';
import { inTime } from './in-time.ts';

const mebibyte = 1 << 20;
/** What is read of a file in one look, in bytes: the rest is read at the next. A record that is longer is no scalar, and the file is left alone. */
const most = 4 * mebibyte;
/** How many files are followed: the newest. */
const followed = 16;

const Metadata = z.looseObject({
  size: z.union([z.string(), z.number()]).transform(Number),
  generation: z.union([z.string(), z.number()]).transform(String),
});

/** Reads what a run writes for TensorBoard under its pipeline root, while it does: only bytes that were not read before. `storage` tries nothing again; `patience` is how long an answer may take, in milliseconds. */
export function eventFiles({ storage, patience }: { storage: Storage; patience: number }): Events {
  return {
    async written(job) {
      const root = isPipeline(job.spec) ? parseFolder(job.spec.pipelineRoot) : undefined;
      if (!root || !job.run) return { points: [], read: [] };
      try {
        const files = await eventFilesOf({ ...root, job: job.id, run: job.run.name });
        const found = await Promise.all(files.map(file => follow(file, job.events ?? [])));
        return { points: found.flatMap(({ points }) => points), read: found.map(({ read }) => read) };
      } catch (cause) {
        throw new Unavailable('Cannot read event files.', { trouble: { why: 'no-answer', said: '' }, cause });
      }
    },
  };

  /** The folder of a run is named for the project's number and the pipeline job (cloud.google.com/vertex-ai/docs/pipelines/configure-project); or for the pipeline job alone. */
  async function eventFilesOf({
    bucket,
    folder,
    job,
    run,
  }: {
    bucket: string;
    folder: string;
    job: string;
    run: string;
  }) {
    const [, project = ''] = /^projects\/([^/]+)\//.exec(run) ?? [];
    const prefixes = [`${project}/retort-${job}/`, `retort-${job}/`].map(path => (folder ? `${folder}/${path}` : path));
    const lists = await Promise.all(
      prefixes.map(prefix =>
        inTime(storage.bucket(bucket).getFiles({ prefix, autoPaginate: false, maxResults: 1000 }), patience),
      ),
    );
    const files = lists.flatMap(([found]) => found.filter(({ name }) => began(name) !== undefined));
    return files.sort((a, b) => began(a.name)! - began(b.name)! || (a.name < b.name ? -1 : 1)).slice(-followed);
  }

  async function follow(
    file: File,
    before: readonly EventFile[],
  ): Promise<{ points: Written['points']; read: EventFile }> {
    const { size, generation } = Metadata.parse(file.metadata);
    const known = before.find(({ name }) => name === file.name) ?? { name: file.name, read: 0, tells: false };
    // One that has become shorter is another one.
    const from = known.read > size ? 0 : known.read;
    if (from >= size) return { points: [], read: known };
    const pinned = storage.bucket(file.bucket.name).file(file.name, { generation });
    const range = { start: from, end: Math.min(size, from + most) - 1, validation: false, decompress: false };
    const [bytes] = await inTime(pinned.download(range), patience);
    const { scalars, read, wanted } = scalarsIn(bytes);
    if (wanted > most) return { points: [], read: { ...known, read: size } };
    const points = scalars.flatMap(({ tag: written, ...point }) => {
      const tag = tagOf(written);
      return tag ? [{ tag, ...point }] : [];
    });
    return { points, read: { ...known, read: from + read, tells: known.tells || points.length > 0 } };
  }
}

/** When an event file was begun, by its name; undefined for what is none (tensorflow/core/util/events_writer.cc). */
function began(name: string): number | undefined {
  const [, seconds] = /(?:^|\/)[^/]*\.?tfevents\.(\d+)\.[^/]*$/.exec(name) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}
