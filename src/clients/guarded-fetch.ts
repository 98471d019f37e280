import type { Dispatcher } from 'undici';
import { Agent, fetch as fetchBy } from 'undici';
import type { Ours } from '../world.ts';
import { LeaseLost } from '../world.ts';

/** As much of `fetch` as Slack's and Google's clients use. */
export type Fetch = (input: string | URL, init?: RequestInit) => Promise<Response>;

/** Connections that are shared by all that is guarded. */
const agent = new Agent({ allowH2: false });

/**
 * A `fetch` that asks at the last moment, with a connection at hand and no byte written, whether what is to be done is
 * still ours, and throws `LeaseLost` where it is not. A process that was frozen while it waited for a connection would
 * otherwise do what another has done meanwhile.
 */
export function guardedFetch(ours: Ours): Fetch {
  return async (input, init) => {
    let lost: LeaseLost | undefined;
    const dispatcher = agent.compose(dispatch => (options, handler) => {
      const onRequestStart: Dispatcher.DispatchHandler['onRequestStart'] = (controller, context) => {
        if (ours()) return handler.onRequestStart?.(controller, context);
        lost = new LeaseLost('The lease would end before this call does: it was not made.');
        controller.abort(lost);
      };
      return dispatch(options, delegating(handler, onRequestStart));
    });
    try {
      // The types of Node's own fetch and of undici's differ by a version; what they describe does not.
      return (await fetchBy(input, { ...(init as object), dispatcher })) as unknown as Response;
    } catch (error) {
      throw lost ?? error;
    }
  };
}

function delegating(
  handler: Dispatcher.DispatchHandler,
  onRequestStart: Dispatcher.DispatchHandler['onRequestStart'],
): Dispatcher.DispatchHandler {
  return {
    onRequestStart,
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}
