import type { Json } from './json.ts';
import { change, perform, report, scene } from './scene.ts';
import type { Told, Where } from './wire.ts';

interface Pressed {
  where: Where;
  actionId: string;
  blockId: string;
  value?: string | undefined;
  option?: string;
}

/** The key of an element, the same for as long as it is the same element. */
export function keyOf(where: Where, { blockId, actionId }: { blockId: string; actionId: string }): string {
  return `${Object.values(where).join(' ')} ${blockId} ${actionId}`;
}

/** Presses a button or chooses from a menu. */
export async function press({ where, ...pressed }: Pressed, key: string): Promise<void> {
  await during(key, () => confirmed({ do: 'press', where, ...pressed }));
}

/** Enters a value, and has the app told of it where the element asks for that. */
export async function enter(
  { where, id, value, enter = false }: { where: Where; id: string; value: unknown; enter?: boolean },
  key: string,
): Promise<void> {
  await during(key, () => confirmed({ do: 'set', where, id, value, enter }));
}

/** Marks an element as busy while something is under way, and does it only once at a time. */
export async function during<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
  scene.busy.add(key);
  change();
  try {
    return await run();
  } finally {
    scene.busy.delete(key);
    change();
  }
}

/** Acts; where the element asks for confirmation, acts once the person has confirmed. */
async function confirmed(body: Json): Promise<Told | undefined> {
  const told = await perform<Told>(body);
  if (told?.confirm && !told.sent) {
    if (!(await ask(told.confirm))) return told;
    return tell(await perform<Told>({ ...body, confirmed: true }));
  }
  return tell(told);
}

function ask(confirm: Json): Promise<boolean> {
  return new Promise(resolve => {
    change({
      overlay: {
        is: 'confirm',
        confirm,
        answer: yes => {
          change({ overlay: undefined });
          resolve(yes);
        },
      },
    });
  });
}

/** Says what Slack says when an app does not answer as it should. */
export function tell(told: Told | undefined): Told | undefined {
  if (told?.problem === 'operation_timeout')
    report('Retort did not answer in time', 'Slack waits three seconds for an acknowledgement (operation_timeout).');
  else if (told?.problem === 'dispatch_failed')
    report('Retort could not be reached', 'It did not answer, or not with success (dispatch_failed).');
  else if (told?.problem && told.problem !== 'not a valid command')
    report('Slack could not use the answer', told.problem);
  return told;
}
