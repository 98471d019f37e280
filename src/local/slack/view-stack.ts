import { checkBlocks } from './blocks.ts';
import { valuesOf } from './elements.ts';
import { asList, asText, isJson, type Json } from './json.ts';
import { limits } from './limits.ts';
import { isImageReady, settle } from './posting.ts';
import { Refusal } from './refusal.ts';
import { reporter } from './report.ts';
import { changed, newId, nextTs, type View, type Workspace } from './workspace.ts';

const modalKeys = ['title', 'submit', 'close', 'clear_on_close', 'notify_on_close', 'submit_disabled'];
const commonKeys = ['type', 'blocks', 'private_metadata', 'callback_id', 'external_id'];

/** Everything Slack would refuse in a view, in its own words where they are known. */
export function checkView(workspace: Workspace, view: Json): string[] {
  const report = reporter('/view');
  const type = asText(view.type);
  if (type !== 'modal' && type !== 'home')
    report.say(type ? `unsupported type: ${type}` : 'missing required field: type');
  report.keys(view, type === 'home' ? commonKeys : [...commonKeys, ...modalKeys]);
  report.string(view, 'private_metadata', { most: limits.viewPrivateMetadata });
  report.string(view, 'callback_id', { most: limits.id });
  report.string(view, 'external_id', { most: limits.id });
  if (type === 'modal') {
    report.textObject(view, 'title', { most: limits.viewTitle, required: true });
    report.textObject(view, 'submit', { most: limits.viewTitle });
    report.textObject(view, 'close', { most: limits.viewTitle });
    report.boolean(view, 'clear_on_close');
    report.boolean(view, 'notify_on_close');
  }
  if (view.blocks === undefined) report.say('missing required field: blocks');
  else
    report.found.push(
      ...checkBlocks(view.blocks, {
        surface: type === 'home' ? 'home' : 'modal',
        pointer: '/view/blocks',
        image: file => isImageReady(workspace, file),
        submit: isJson(view.submit),
      }),
    );
  return report.found.length ? ['failed to match all allowed schemas [json-pointer:/view]', ...report.found] : [];
}

/** Refuses a view Slack would refuse. */
export function acceptView(
  workspace: Workspace,
  { definition, except }: { definition: Json; except?: View | undefined },
): void {
  if (Buffer.byteLength(JSON.stringify(definition)) > limits.viewBytes) throw new Refusal('view_too_large');
  const messages = checkView(workspace, definition);
  if (messages.length) throw new Refusal('invalid_arguments', { messages });
  const external = asText(definition.external_id);
  if (external && [...openViews(workspace)].some(view => view !== except && view.definition.external_id === external))
    throw new Refusal('duplicate_external_id');
}

/** Every modal that is open and every App Home that was published. */
export function openViews(workspace: Workspace): View[] {
  return [...workspace.views.values(), ...workspace.homes.values()];
}

/** The modals a person has open, the visible one last. */
export function stackOf(workspace: Workspace, person: string): View[] {
  return (workspace.stacks.get(person) ?? []).map(id => workspace.views.get(id)!);
}

/** Puts a modal on top of a person's stack, or, as a new root, in place of it. */
export function pushView(
  workspace: Workspace,
  {
    definition,
    person,
    channel,
    onto,
  }: { definition: Json; person: string; channel?: string | undefined; onto?: View | undefined },
): View {
  const stack = stackOf(workspace, person);
  if (onto && stack.length >= limits.viewStack) throw new Refusal('push_limit_reached');
  if (!onto) for (const view of stack) workspace.views.delete(view.id);
  const id = newId('V');
  const blocks = settle(asList(definition.blocks));
  const view: View = {
    id,
    type: 'modal',
    person,
    definition,
    blocks,
    values: valuesOf(blocks, { channel }),
    errors: {},
    hash: newHash(workspace),
    rootId: onto?.rootId ?? id,
    ...(onto ? { previousId: stack.at(-1)!.id } : {}),
    ...(channel ? { channel } : {}),
  };
  workspace.views.set(id, view);
  workspace.stacks.set(person, onto ? [...stack.map(one => one.id), id] : [id]);
  changed(workspace, { what: 'view', person });
  return view;
}

/** Draws a view anew; what was entered stays wherever block id and action id are the same. */
export function redrawView(workspace: Workspace, view: View, definition: Json): void {
  view.definition = definition;
  view.blocks = settle(asList(definition.blocks));
  view.values = valuesOf(view.blocks, { before: view.values, channel: view.channel });
  view.errors = {};
  delete view.trouble;
  view.hash = newHash(workspace);
  changed(workspace, { what: view.type === 'home' ? 'home' : 'view', person: view.person });
}

/** Closes the top modal of a person's stack, or all of them, and gives back those that went. */
export function closeViews(workspace: Workspace, { person, all }: { person: string; all: boolean }): View[] {
  const stack = stackOf(workspace, person);
  const gone = all ? stack.reverse() : stack.slice(-1);
  for (const view of gone) workspace.views.delete(view.id);
  workspace.stacks.set(person, all ? [] : stack.slice(0, -1).map(view => view.id));
  changed(workspace, { what: 'view', person });
  return gone;
}

/** Publishes a person's App Home. */
export function publishHome(workspace: Workspace, { person, definition }: { person: string; definition: Json }): View {
  const known = workspace.homes.get(person);
  if (known) {
    redrawView(workspace, known, definition);
    return known;
  }
  const id = newId('V');
  const blocks = settle(asList(definition.blocks));
  const home: View = {
    id,
    type: 'home',
    person,
    definition,
    blocks,
    values: valuesOf(blocks),
    errors: {},
    hash: newHash(workspace),
    rootId: id,
  };
  workspace.homes.set(person, home);
  changed(workspace, { what: 'home', person });
  return home;
}

/** A view as the Web API and payloads show it. */
export function viewJson(workspace: Workspace, view: View): Json {
  const { definition } = view;
  return {
    id: view.id,
    team_id: workspace.team.id,
    type: view.type,
    blocks: structuredClone(view.blocks),
    private_metadata: asText(definition.private_metadata),
    callback_id: asText(definition.callback_id),
    state: { values: structuredClone(view.values) },
    hash: view.hash,
    title: definition.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: definition.clear_on_close === true,
    notify_on_close: definition.notify_on_close === true,
    close: definition.close ?? null,
    submit: definition.submit ?? null,
    previous_view_id: view.previousId ?? null,
    root_view_id: view.rootId,
    app_id: workspace.app.id,
    external_id: asText(definition.external_id),
    app_installed_team_id: workspace.team.id,
    bot_id: workspace.app.botId,
  };
}

function newHash(workspace: Workspace): string {
  return `${nextTs(workspace)}.${newId('').toLowerCase()}`;
}
