import { checkChart, checkRichText, checkRows } from './block-contents.ts';
import { checkElement } from './block-elements.ts';
import { asList, asText, isJson, type Json } from './json.ts';
import { limits } from './limits.ts';
import { type Report, reporter } from './report.ts';

/** Where blocks are shown. */
export type Surface = 'message' | 'modal' | 'home';

/** What a check needs to know besides the blocks. */
export interface Where {
  surface: Surface;
  pointer: string;
  /** Whether a `slack_file` names an image that is ready. */
  image: (file: Json) => boolean;
  /** Whether a modal has a submit button. */
  submit?: boolean;
}

interface Kind {
  keys: string[];
  surfaces: Surface[];
  check: (block: Json, report: Report, where: Where) => void;
}

const everywhere: Surface[] = ['message', 'modal', 'home'];

const kinds: Record<string, Kind> = {
  actions: {
    keys: ['elements'],
    surfaces: everywhere,
    check: (block, report, where) => {
      report.items(block, 'elements', { least: 1, most: limits.actionsElements });
      checkAll(block, report, where, 'actions');
    },
  },
  alert: {
    keys: ['text', 'level'],
    surfaces: ['modal'],
    check: (block, report) => {
      report.textObject(block, 'text', { most: limits.alertText, required: true, mrkdwn: true });
      report.oneOf(block, 'level', ['default', 'info', 'warning', 'error', 'success']);
    },
  },
  card: {
    keys: ['hero_image', 'icon', 'title', 'subtitle', 'body', 'actions', 'slack_icon'],
    surfaces: ['message'],
    check: (block, report, where) => {
      report.textObject(block, 'title', { most: 150, mrkdwn: true });
      report.textObject(block, 'subtitle', { most: 150, mrkdwn: true });
      report.textObject(block, 'body', { most: 200, mrkdwn: true });
      for (const [i, element] of asList(block.actions).entries())
        checkElement(element, report.at(`actions/${i}`), { holder: 'actions', where });
    },
  },
  carousel: {
    keys: ['elements'],
    surfaces: ['message'],
    check: (block, report, where) => {
      report.items(block, 'elements', { least: 1, most: 10 });
      for (const [i, card] of asList(block.elements).entries()) checkBlock(card, report.at(`elements/${i}`), where);
    },
  },
  container: {
    keys: [
      'title',
      'rich_text_title',
      'subtitle',
      'child_blocks',
      'width',
      'icon',
      'is_collapsible',
      'default_collapsed',
      'has_header_divider',
    ],
    surfaces: ['message'],
    check: (block, report, where) => {
      report.textObject(block, 'title', { most: limits.containerTitle, required: !('rich_text_title' in block) });
      report.textObject(block, 'subtitle', { most: limits.containerTitle, mrkdwn: true });
      report.items(block, 'child_blocks', { least: 1, most: limits.containerBlocks });
      for (const [i, child] of asList(block.child_blocks).entries()) {
        const at = report.at(`child_blocks/${i}`);
        if (['plan', 'card', 'carousel', 'container', 'data_visualization'].includes(asText(child.type)))
          at.say(`unsupported type: ${asText(child.type)}`, 'type');
        else checkBlock(child, at, where);
      }
    },
  },
  context: {
    keys: ['elements'],
    surfaces: everywhere,
    check: (block, report, where) => {
      report.items(block, 'elements', { least: 1, most: limits.contextElements });
      for (const [i, element] of asList(block.elements).entries()) {
        if (element.type === 'image') checkElement(element, report.at(`elements/${i}`), { holder: 'context', where });
        else
          report.textObject({ text: element }, 'text', {
            most: limits.sectionText,
            mrkdwn: true,
            pointer: `elements/${i}`,
          });
      }
    },
  },
  context_actions: {
    keys: ['elements'],
    surfaces: ['message'],
    check: (block, report, where) => {
      report.items(block, 'elements', { least: 1, most: 5 });
      checkAll(block, report, where, 'context_actions');
    },
  },
  data_table: {
    keys: ['rows', 'caption', 'page_size', 'row_header_column_index'],
    surfaces: ['message'],
    check: (block, report) => {
      report.string(block, 'caption', { required: true });
      checkRows(block, report, limits.dataTableRows);
    },
  },
  data_visualization: { keys: ['title', 'chart'], surfaces: ['message'], check: checkChart },
  divider: { keys: [], surfaces: everywhere, check: () => {} },
  file: {
    keys: ['source', 'external_id'],
    surfaces: ['message'],
    check: (block, report) => {
      report.string(block, 'external_id', { required: true });
      report.oneOf(block, 'source', ['remote'], { required: true });
    },
  },
  header: {
    keys: ['text', 'level'],
    surfaces: everywhere,
    check: (block, report) => report.textObject(block, 'text', { most: limits.headerText, required: true }),
  },
  image: {
    keys: ['image_url', 'slack_file', 'alt_text', 'title'],
    surfaces: everywhere,
    check: (block, report, where) => {
      report.image(block, where.image);
      report.textObject(block, 'title', { most: limits.alternativeText });
    },
  },
  input: {
    keys: ['label', 'element', 'hint', 'optional', 'dispatch_action'],
    surfaces: everywhere,
    check: (block, report, where) => {
      if (where.surface === 'modal' && !where.submit)
        report.say('must define `submit` to use an `input` block in modals', 'input');
      report.textObject(block, 'label', { most: limits.label, required: true });
      report.textObject(block, 'hint', { most: limits.label });
      report.boolean(block, 'optional');
      report.boolean(block, 'dispatch_action');
      if (!isJson(block.element)) report.say('missing required field: element');
      else checkElement(block.element, report.at('element'), { holder: 'input', where });
    },
  },
  markdown: {
    keys: ['text'],
    surfaces: ['message'],
    check: (block, report) => report.string(block, 'text', { most: limits.markdownText, least: 1, required: true }),
  },
  plan: {
    keys: ['title', 'tasks'],
    surfaces: ['message'],
    check: (block, report, where) => {
      report.string(block, 'title', { required: true });
      for (const [i, task] of asList(block.tasks).entries())
        checkBlock({ type: 'task_card', ...task }, report.at(`tasks/${i}`), where);
    },
  },
  rich_text: { keys: ['elements'], surfaces: everywhere, check: checkRichText },
  section: {
    keys: ['text', 'fields', 'accessory', 'expand'],
    surfaces: everywhere,
    check: (block, report, where) => {
      if (block.text === undefined && block.fields === undefined)
        report.say('must define either `text` or `fields`', 'type');
      report.textObject(block, 'text', { most: limits.sectionText, mrkdwn: true });
      if (block.fields !== undefined) report.items(block, 'fields', { least: 1, most: limits.sectionFields });
      for (const [i, field] of asList(block.fields).entries())
        report.textObject({ text: field }, 'text', { most: limits.fieldText, mrkdwn: true, pointer: `fields/${i}` });
      report.boolean(block, 'expand');
      if (block.accessory !== undefined) {
        if (!isJson(block.accessory)) report.say('must provide an object', 'accessory');
        else checkElement(block.accessory, report.at('accessory'), { holder: 'section', where });
      }
    },
  },
  table: {
    keys: ['rows', 'column_settings'],
    surfaces: ['message'],
    check: (block, report) => checkRows(block, report, limits.tableRows),
  },
  task_card: {
    keys: ['task_id', 'title', 'details', 'output', 'sources', 'status'],
    surfaces: ['message'],
    check: (block, report) => {
      report.string(block, 'task_id', { required: true });
      report.string(block, 'title', { required: true });
      report.oneOf(block, 'status', ['pending', 'in_progress', 'complete', 'error'], { required: true });
      for (const name of ['details', 'output']) {
        const part = block[name];
        if (isJson(part)) checkRichText(part, report.at(name));
      }
    },
  },
  video: {
    keys: [
      'video_url',
      'thumbnail_url',
      'alt_text',
      'title',
      'title_url',
      'author_name',
      'provider_name',
      'provider_icon_url',
      'description',
    ],
    surfaces: everywhere,
    check: (block, report) => {
      for (const name of ['video_url', 'thumbnail_url', 'alt_text']) report.string(block, name, { required: true });
      report.textObject(block, 'title', { most: 200, required: true });
    },
  },
};

/** Everything Slack would refuse in a list of blocks, in its own words where they are known; empty when all is well. */
export function checkBlocks(blocks: unknown, where: Where): string[] {
  const report = reporter(where.pointer);
  if (!Array.isArray(blocks)) return ['must provide an array', ...report.found].map(one => report.quote(one));
  const most = where.surface === 'message' ? limits.messageBlocks : limits.viewBlocks;
  if (blocks.length > most) report.say(`no more than ${most} items allowed`);
  const seen = new Set<string>();
  for (const [i, block] of (blocks as unknown[]).entries()) {
    const at = report.at(String(i));
    if (!isJson(block)) {
      at.say('must provide an object');
      continue;
    }
    const id = asText(block.block_id);
    if (id && seen.has(id)) at.say(`\`block_id\` "${id}" already exists`, 'block_id');
    seen.add(id);
    checkBlock(block, at, where);
  }
  const charts = asList(blocks).filter(block => block.type === 'data_visualization').length;
  if (charts > limits.charts) report.say(`no more than ${limits.charts} data_visualization blocks allowed`);
  const focused = JSON.stringify(blocks).split('"focus_on_load":true').length - 1;
  if (focused > 1) report.say('no more than 1 element can have `focus_on_load` set to true');
  return report.found;
}

/** How many characters blocks count for, their containers included. */
export function charactersIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + charactersIn(one), 0);
  if (!isJson(value)) return 0;
  let sum =
    typeof value.type === 'string' && value.type !== 'plain_text' && value.type !== 'mrkdwn' && value.type !== 'text'
      ? limits.containerCharacters
      : 0;
  for (const [name, part] of Object.entries(value)) {
    if (typeof part === 'string') sum += ['text', 'alt_text', 'title', 'caption'].includes(name) ? part.length : 0;
    else sum += charactersIn(part);
  }
  return sum;
}

function checkBlock(block: Json, report: Report, where: Where): void {
  const type = asText(block.type);
  const kind = kinds[type];
  if (!type) {
    report.say('missing required field: type');
    return;
  }
  if (!kind?.surfaces.includes(where.surface)) {
    report.say(`unsupported type: ${type}`, 'type');
    return;
  }
  report.keys(block, ['type', 'block_id', ...kind.keys]);
  report.string(block, 'block_id', { most: limits.id });
  kind.check(block, report, where);
}

function checkAll(block: Json, report: Report, where: Where, holder: 'actions' | 'context_actions'): void {
  const seen = new Set<string>();
  for (const [i, element] of asList(block.elements).entries()) {
    const at = report.at(`elements/${i}`);
    const id = asText(element.action_id);
    if (id && seen.has(id)) at.say(`\`action_id\` "${id}" already exists`, 'action_id');
    seen.add(id);
    checkElement(element, at, { holder, where });
  }
}
