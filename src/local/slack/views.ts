import { type Call, type Method, needed, optional, structuredObject } from './call.ts';
import type { Json } from './json.ts';
import { Refusal } from './refusal.ts';
import { acceptView, openViews, publishHome, pushView, redrawView, stackOf, viewJson } from './view-stack.ts';
import type { Trigger, View, Workspace } from './workspace.ts';

/** The methods of the family `views`. */
export const views: Record<string, Method> = {
  'views.open': call => {
    const { workspace } = call;
    const definition = modal(call);
    acceptView(workspace, { definition });
    const trigger = exchange(call);
    // A view opened from inside a modal goes on top of it.
    const onto = trigger.viewId ? stackOf(workspace, trigger.person).at(-1) : undefined;
    const view = pushView(workspace, { definition, person: trigger.person, channel: trigger.channel, onto });
    return { view: viewJson(workspace, view) };
  },
  'views.push': call => {
    const { workspace } = call;
    const definition = modal(call);
    acceptView(workspace, { definition });
    const trigger = exchange(call);
    const onto = trigger.viewId ? stackOf(workspace, trigger.person).at(-1) : undefined;
    if (!onto) throw new Refusal('not_found');
    const view = pushView(workspace, { definition, person: trigger.person, channel: onto.channel, onto });
    return { view: viewJson(workspace, view) };
  },
  'views.update': call => {
    const { workspace, args } = call;
    const view = named(workspace, args);
    const definition = given(args);
    if (definition.type !== view.type)
      throw new Refusal('invalid_arguments', {
        messages: ['must match the `type` of the view being updated [json-pointer:/view/type]'],
      });
    acceptView(workspace, { definition, except: view });
    sameHash(args, view);
    redrawView(workspace, view, definition);
    return { view: viewJson(workspace, view) };
  },
  'views.publish': ({ workspace, args }) => {
    const person = needed(args, 'user_id');
    if (!workspace.people.has(person)) throw new Refusal('user_not_found');
    const definition = given(args);
    if (definition.type !== 'home')
      throw new Refusal('invalid_arguments', { messages: ['unsupported type: modal [json-pointer:/view/type]'] });
    const known = workspace.homes.get(person);
    acceptView(workspace, { definition, except: known });
    if (known) sameHash(args, known);
    return { view: viewJson(workspace, publishHome(workspace, { person, definition })) };
  },
};

function given(args: Json): Json {
  needed(args, 'view');
  return structuredObject(args, 'view', 'invalid_arguments')!;
}

function modal({ args }: Call): Json {
  const definition = given(args);
  if (definition.type === 'home')
    throw new Refusal('invalid_arguments', { messages: ['unsupported type: home [json-pointer:/view/type]'] });
  return definition;
}

function exchange({ workspace, args }: Call): Trigger {
  const trigger = workspace.triggers.get(needed(args, 'trigger_id'));
  if (!trigger) throw new Refusal('invalid_trigger_id');
  if (Date.now() - trigger.issued > workspace.settings.triggerMs) throw new Refusal('expired_trigger_id');
  if (trigger.used) throw new Refusal('exchanged_trigger_id');
  trigger.used = true;
  return trigger;
}

function named(workspace: Workspace, args: Json): View {
  const id = optional(args, 'view_id');
  const external = optional(args, 'external_id');
  if (!id && !external) throw new Refusal('invalid_arguments', { messages: ['missing required field: view_id'] });
  const view = openViews(workspace).find(one => (id ? one.id === id : one.definition.external_id === external));
  if (!view) throw new Refusal('not_found');
  return view;
}

function sameHash(args: Json, view: View): void {
  const hash = optional(args, 'hash');
  if (hash && hash !== view.hash) throw new Refusal('hash_conflict');
}
