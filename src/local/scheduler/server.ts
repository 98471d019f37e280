/** What the target answered. */
export interface Answer {
  status: number;
  body: string;
}

/** A local Cloud Scheduler with one job. */
export interface Scheduler {
  /** Knocks now, or as soon as a knock under way has ended. */
  knock(): Promise<Answer>;
  /** Knocks no more by itself. */
  pause(): void;
  /** Knocks by itself again, first after one period. */
  resume(): void;
  /** Sets the period, and begins a new one. */
  every(ms: number): void;
  /** Ends everything, a knock under way included. */
  close(): Promise<void>;
}

interface Options {
  /** Where to knock. */
  target: string;
  /** The audience of the identity token. */
  audience: string;
  /** Whose identity token it is. */
  serviceAccount: string;
  /** Makes the identity token. */
  idToken: (claims: { audience: string; email: string }) => string;
  /** The period; without one, only `knock()` knocks. */
  everyMs?: number;
  /** Default: `retort-poll`. */
  jobName?: string;
  /** Told of every knock that got no answer, or not one of success. */
  failed?: (error: Error) => void;
}

// The default for HTTP targets (https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs).
const attemptDeadline = 180_000;

/** Starts our own Cloud Scheduler, which knocks at one address, never twice at once. */
export function startScheduler(options: Options): Scheduler {
  const { target, audience, serviceAccount, idToken, jobName = 'retort-poll', failed = () => {} } = options;
  const closing = new AbortController();
  let period = options.everyMs;
  let paused = false;
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const attempt = async (scheduled: Date): Promise<Answer> => {
    const response = await fetch(target, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${idToken({ audience, email: serviceAccount })}`,
        'user-agent': 'Google-Cloud-Scheduler',
        'x-cloudscheduler': 'true',
        'x-cloudscheduler-jobname': jobName,
        'x-cloudscheduler-scheduletime': scheduled.toISOString(),
      },
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(attemptDeadline)]),
    });
    return { status: response.status, body: await response.text() };
  };
  const knock = (scheduled = new Date()): Promise<Answer> => {
    const knocked = last.then(async () => {
      try {
        const answered = await attempt(scheduled);
        if (answered.status < 200 || answered.status > 299) {
          failed(new Error(`Knocking at "${target}" failed: it answered ${answered.status}`));
        }
        return answered;
      } catch (cause) {
        const error = new Error(`Knocking at "${target}" failed: it did not answer`, { cause });
        if (!closing.signal.aborted) failed(error);
        throw error;
      }
    });
    last = knocked.catch(() => {});
    return knocked;
  };
  const schedule = (due: number) => {
    clearTimeout(timer);
    if (period === undefined || paused || closing.signal.aborted) return;
    timer = setTimeout(
      async () => {
        await knock(new Date(due)).catch(() => {});
        // A late knock delays the next; those missed meanwhile are not made up for.
        if (period !== undefined) schedule(Math.max(due + period, Date.now()));
      },
      Math.max(0, due - Date.now()),
    ).unref();
  };
  const restart = () => schedule(Date.now() + (period ?? 0));

  restart();
  return {
    knock: () => knock(),
    pause() {
      paused = true;
      clearTimeout(timer);
    },
    resume() {
      paused = false;
      restart();
    },
    every(ms) {
      period = ms;
      restart();
    },
    async close() {
      clearTimeout(timer);
      closing.abort();
      await last;
    },
  };
}
