import { trouble } from './clicks.ts';
import { type Answer, sendInteraction } from './dispatch.ts';
import { elementsOf, entryErrors } from './elements.ts';
import { type Hand, interact, type ShownView, shownView, type Told, told, trigger, watch, who } from './hand.ts';
import { asJson, asText, type Json } from './json.ts';
import { Refusal } from './refusal.ts';
import { acceptView, closeViews, pushView, redrawView, stackOf, viewJson } from './view-stack.ts';
import { changed, issueResponseUrl, type View } from './workspace.ts';

/** Submits a form, and carries out what the app answers. */
export async function submit(hand: Hand, viewId: string): Promise<Told> {
  const { workspace, person } = hand;
  const view = topView(hand, viewId);
  if (!view.definition.submit) throw new Error(`The view "${viewId}" has no submit button.`);
  view.errors = entryErrors(view.blocks, view.values);
  delete view.trouble;
  changed(workspace, { what: 'view', person: person.id });
  if (Object.keys(view.errors).length) return { sent: false, errors: { ...view.errors }, opened: [] };
  const answer = await watch(hand, () =>
    sendInteraction(workspace, {
      ...who(hand),
      type: 'view_submission',
      trigger_id: trigger(hand, { viewId: view.id, channel: view.channel }),
      view: viewJson(workspace, view),
      response_urls: responseUrls(hand, view),
    }),
  );
  const problem = answer.problem ?? conclude(hand, { view, answer });
  if (problem && workspace.views.has(view.id)) view.trouble = trouble;
  changed(workspace, { what: 'view', person: person.id });
  const errors = Object.keys(view.errors).length ? { errors: { ...view.errors } } : {};
  return { ...told(answer), ...errors, ...(problem ? { problem } : {}) };
}

/** Carries out the `response_action` an app answers a submission with; says what was wrong with it. */
function conclude(
  hand: Hand,
  { view, answer }: { view: View; answer: Answer & { opened: ShownView[] } },
): string | undefined {
  const { workspace, person } = hand;
  if (!answer.text.trim()) {
    if (workspace.views.has(view.id)) dismiss(hand, view);
    return undefined;
  }
  const { response_action: action, errors, view: definition } = asJson(answer.json);
  if (action === 'errors') {
    const inputs = view.blocks.filter(block => block.type === 'input').map(block => block.block_id);
    const entries = Object.entries(asJson(errors));
    if (!entries.length || entries.some(([id, text]) => !inputs.includes(id) || typeof text !== 'string'))
      return `errors name a block that is not an input of this view: ${JSON.stringify(errors)}`;
    view.errors = Object.fromEntries(entries) as Record<string, string>;
    return undefined;
  }
  if (action === 'clear') {
    closeViews(workspace, { person: person.id, all: true });
    return undefined;
  }
  if (action !== 'update' && action !== 'push') return `not a response to a submission: ${answer.text.slice(0, 200)}`;
  try {
    const next = asJson(definition);
    acceptView(workspace, { definition: next, except: action === 'update' ? view : undefined });
    if (action === 'update') redrawView(workspace, view, next);
    else
      answer.opened.push(
        shownView(pushView(workspace, { definition: next, person: person.id, channel: view.channel, onto: view })),
      );
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return [error.code, ...error.messages].join(' ');
    throw error;
  }
}

/** Takes one view out of the stack, wherever something else has been put on top of it meanwhile. */
function dismiss({ workspace, person }: Hand, view: View): void {
  workspace.views.delete(view.id);
  const left = (workspace.stacks.get(person.id) ?? []).filter(id => id !== view.id);
  workspace.stacks.set(person.id, left);
}

function responseUrls({ workspace, person }: Hand, view: View): Json[] {
  return elementsOf(view.blocks)
    .filter(({ element }) => element.response_url_enabled === true)
    .flatMap(({ block, element }) => {
      const { block_id: blockId } = block;
      const { action_id: actionId } = element;
      const state = asJson(view.values[asText(blockId)]?.[asText(actionId)]);
      const channel = asText(state.selected_conversation ?? state.selected_channel);
      if (!channel) return [];
      const url = issueResponseUrl(workspace, { person: person.id, channel });
      return [{ block_id: blockId, action_id: actionId, channel_id: channel, response_url: url }];
    });
}

/** Closes the view in front, or all of them, and tells the app where they ask for it. */
export async function close(hand: Hand, { viewId, all }: { viewId: string; all: boolean }): Promise<Told> {
  const { workspace, person } = hand;
  const view = topView(hand, viewId);
  const cleared = all || view.definition.clear_on_close === true;
  const gone = closeViews(workspace, { person: person.id, all: cleared });
  let last: Told = { sent: false, opened: [] };
  for (const one of gone) {
    if (one.definition.notify_on_close !== true) continue;
    last = await interact(hand, { type: 'view_closed', view: viewJson(workspace, one), is_cleared: cleared });
  }
  return last;
}

function topView({ workspace, person }: Hand, viewId: string): View {
  const view = stackOf(workspace, person.id).at(-1);
  if (view?.id !== viewId) throw new Error(`The view "${viewId}" is not the one "${person.name}" has in front.`);
  return view;
}
