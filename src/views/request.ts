import type { ModalView } from '@slack/types';
import type { Job } from '../job/job.ts';
import { asCurl, requestBody } from '../job/request.ts';
import type { Around } from './card.ts';
import { context, limits, plain, preformatted, section } from './text.ts';

/** The request that creates a job's pipeline job or tuning job, to be read and copied: the JSON body, and the whole as curl. */
export function requestView(job: Job, around: Around): ModalView {
  const { request: words } = around.words;
  const body = JSON.stringify(requestBody(job, around), null, 2);
  const curl = asCurl(job, around);
  const long = Math.max(body.length, curl.length) > limits.wholeSnippet;
  return {
    type: 'modal',
    title: plain(words.title, limits.modalTitle),
    close: plain(words.close, limits.modalButton),
    blocks: [
      section('intro', [words.intro(job.spec)]),
      section('json-title', [words.json]),
      preformatted('json', body, limits.wholeSnippet),
      section('curl-title', [words.curl]),
      preformatted('curl', curl, limits.wholeSnippet),
      ...(long ? [context('cut', [words.cut])] : []),
    ],
  };
}
