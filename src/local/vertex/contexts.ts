import type { Field } from './filter.ts';
import { filter } from './filter.ts';
import { page } from './page.ts';
import { timestamp } from './resource.ts';
import { Trouble } from './trouble.ts';

/** A context of the metadata store: an experiment, or a run of one. */
export type Context = {
  name: string;
  displayName: string;
  labels: Record<string, string>;
  createTime: string;
  parentContexts: string[];
  schemaTitle: 'system.Experiment' | 'system.ExperimentRun';
  metadata: Record<string, unknown>;
};

/** The metadata store's contexts, by full name. */
export type Contexts = Map<string, Context>;

/** Begins an experiment whose scores are in a TensorBoard instance, with one run, and names the run there. Its context's id is the experiment's with the run's behind it (googleapis/python-aiplatform, metadata/experiment_run_resource.py). */
export function openContexts(
  contexts: Contexts,
  {
    store,
    id,
    run,
    board,
    labels,
  }: { store: string; id: string; run: string; board: string; labels: Record<string, string> },
): string {
  const name = `${store}/contexts/${id}`;
  const always = { labels, createTime: timestamp() };
  const experiment: Context = {
    ...always,
    name,
    displayName: id,
    parentContexts: [],
    schemaTitle: 'system.Experiment',
    metadata: { experiment_deleted: false, backing_tensorboard_resource: board },
  };
  const ofRun: Context = {
    ...always,
    name: `${name}-${run}`,
    displayName: run,
    parentContexts: [name],
    schemaTitle: 'system.ExperimentRun',
    metadata: {},
  };
  for (const context of [experiment, ofRun]) contexts.set(context.name, context);
  return name;
}

/** Shows one context. */
export function getContext(contexts: Contexts, { name }: { name: string }): object {
  const context = contexts.get(name);
  if (!context) throw new Trouble('NOT_FOUND', `The Context "${name}" was not found.`);
  return view(context);
}

/** Lists the contexts of a metadata store (the filter: metadata_service.proto, ListContextsRequest). */
export function listContexts(contexts: Contexts, { name, query }: { name: string; query: URLSearchParams }): object {
  const passes = filter(query.get('filter') ?? '', fields);
  const found = [...contexts.values()].filter(context => context.name.startsWith(`${name}/`) && passes(context));
  return page(found, { name: 'contexts', view, query, most: 1000, usual: 100 });
}

const fields: Record<string, Field<Context>> = {
  name: { kind: 'text', of: context => context.name },
  display_name: { kind: 'text', of: context => context.displayName },
  schema_title: { kind: 'text', of: context => context.schemaTitle },
  create_time: { kind: 'time', of: context => context.createTime },
  update_time: { kind: 'time', of: context => context.createTime },
  parent_contexts: { kind: 'list', of: context => context.parentContexts },
};

function view({ parentContexts, labels, createTime, metadata, ...context }: Context): object {
  return {
    ...context,
    ...(Object.keys(labels).length && { labels }),
    createTime,
    updateTime: createTime,
    ...(parentContexts.length && { parentContexts }),
    schemaVersion: '0.0.1',
    metadata,
  };
}
