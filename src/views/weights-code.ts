import { parseFolder } from '../job/uri.ts';
import type { Said } from './code.ts';

/** How to fetch a tuned model's weights, in three ways, each complete in itself. */
export interface Fetching {
  python: string;
  node: string;
  gcloud: string;
}

// These texts are pasted into shells and programs: nothing gets into one that would mean something there.
const plainForm = /^gs:\/\/[A-Za-z0-9._/-]+$/;

/** The texts for a folder in Cloud Storage; nothing for one whose name would have to be quoted. */
export function weightsSnippets(folder: string, { save }: Pick<Said, 'save'>): Fetching | undefined {
  const place = parseFolder(folder);
  if (!place || !plainForm.test(folder)) return undefined;
  const { bucket, folder: prefix } = place;
  return {
    python: `# pip install google-cloud-storage
from pathlib import Path
from google.cloud import storage

prefix = "${prefix}/"
for blob in storage.Client().list_blobs("${bucket}", prefix=prefix):
    path = Path("weights") / blob.name.removeprefix(prefix)
    path.parent.mkdir(parents=True, exist_ok=True)
    blob.download_to_filename(path)`,
    node: `// npm install @google-cloud/storage; ${save}
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Storage } from '@google-cloud/storage';

const prefix = '${prefix}/';
const [files] = await new Storage().bucket('${bucket}').getFiles({ prefix });
for (const file of files) {
  const destination = join('weights', file.name.slice(prefix.length));
  await mkdir(dirname(destination), { recursive: true });
  await file.download({ destination });
}`,
    gcloud: `gcloud storage cp --recursive "gs://${bucket}/${prefix}/*" weights/`,
  };
}
