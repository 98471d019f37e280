import { isDeepStrictEqual } from 'node:util';
import type { Where } from './blocks.ts';
import { optionsOf } from './elements.ts';
import { asList, asText, isJson, type Json } from './json.ts';
import { limits } from './limits.ts';
import type { Report } from './report.ts';

/** The kinds of block that hold elements. */
export type Holder = 'section' | 'actions' | 'input' | 'context' | 'context_actions';

interface Kind {
  keys: string[];
  holders: Holder[];
  check?: (element: Json, report: Report, where: Where) => void;
}

const chosen: Holder[] = ['section', 'actions', 'input'];
const common = ['focus_on_load', 'confirm', 'placeholder'];

function optionRange(most: number, rule: { mrkdwn?: boolean } = {}): Kind['check'] {
  return (element, report) => {
    report.items(element, 'options', { least: 1, most });
    checkOptions(element, report, rule);
  };
}

function select(...keys: string[]): Kind {
  return { keys: [...common, ...keys], holders: chosen };
}

const elementKinds: Record<string, Kind> = {
  button: {
    keys: ['text', 'value', 'url', 'style', 'confirm', 'accessibility_label'],
    holders: ['section', 'actions'],
    check: (element, report) => {
      report.textObject(element, 'text', { most: limits.buttonText, required: true });
      report.string(element, 'value', { most: limits.buttonValue });
      report.string(element, 'url', { most: limits.url });
      report.string(element, 'accessibility_label', { most: limits.buttonText });
      report.oneOf(element, 'style', ['primary', 'danger']);
    },
  },
  checkboxes: {
    keys: ['options', 'initial_options', 'confirm', 'focus_on_load'],
    holders: chosen,
    check: optionRange(limits.boxes, { mrkdwn: true }),
  },
  radio_buttons: {
    keys: ['options', 'initial_option', 'confirm', 'focus_on_load'],
    holders: chosen,
    check: optionRange(limits.boxes, { mrkdwn: true }),
  },
  overflow: {
    keys: ['options', 'confirm'],
    holders: ['section', 'actions'],
    check: optionRange(limits.overflowOptions),
  },
  static_select: { ...select('options', 'option_groups', 'initial_option'), check: checkSelect },
  multi_static_select: {
    ...select('options', 'option_groups', 'initial_options', 'max_selected_items'),
    check: checkSelect,
  },
  external_select: select('initial_option', 'min_query_length'),
  multi_external_select: select('initial_options', 'min_query_length', 'max_selected_items'),
  users_select: select('initial_user'),
  multi_users_select: select('initial_users', 'max_selected_items'),
  conversations_select: select(
    'initial_conversation',
    'default_to_current_conversation',
    'response_url_enabled',
    'filter',
  ),
  multi_conversations_select: select(
    'initial_conversations',
    'default_to_current_conversation',
    'max_selected_items',
    'filter',
  ),
  channels_select: select('initial_channel', 'response_url_enabled'),
  multi_channels_select: select('initial_channels', 'max_selected_items'),
  datepicker: select('initial_date'),
  timepicker: select('initial_time', 'timezone'),
  datetimepicker: { ...select('initial_date_time'), holders: ['actions', 'input'] },
  plain_text_input: {
    keys: [...common, 'initial_value', 'multiline', 'min_length', 'max_length', 'dispatch_action_config'],
    holders: ['input'],
    check: (element, report) => {
      report.boolean(element, 'multiline');
      for (const name of ['min_length', 'max_length']) {
        const value = element[name];
        if (value === undefined) continue;
        const least = name === 'max_length' ? 1 : 0;
        if (typeof value !== 'number' || !Number.isInteger(value)) report.say('must provide an integer', name);
        else if (value > limits.typed) report.say(`must be less than ${limits.typed + 1}`, name);
        else if (value < least) report.say(`must be more than ${least - 1}`, name);
      }
      const most = typeof element.max_length === 'number' ? element.max_length : limits.typed;
      report.string(element, 'initial_value', { most });
      checkDispatch(element, report);
    },
  },
  number_input: {
    keys: [...common, 'is_decimal_allowed', 'initial_value', 'min_value', 'max_value', 'dispatch_action_config'],
    holders: ['input'],
    check: (element, report) => {
      if (element.is_decimal_allowed === undefined) report.say('missing required field: is_decimal_allowed');
      report.boolean(element, 'is_decimal_allowed');
      for (const name of ['initial_value', 'min_value', 'max_value']) {
        report.string(element, name);
        const value = element[name];
        if (typeof value === 'string' && !/^-?\d+(\.\d+)?$/.test(value)) report.say('must be a valid number', name);
      }
      const { initial_value: value, min_value: least, max_value: most } = element;
      if (typeof value === 'string') {
        if (typeof least === 'string' && Number(value) < Number(least))
          report.say('must be at least `min_value`', 'initial_value');
        if (typeof most === 'string' && Number(value) > Number(most))
          report.say('must be at most `max_value`', 'initial_value');
      }
      checkDispatch(element, report);
    },
  },
  email_text_input: {
    keys: [...common, 'initial_value', 'dispatch_action_config'],
    holders: ['input'],
    check: checkDispatch,
  },
  url_text_input: {
    keys: [...common, 'initial_value', 'dispatch_action_config'],
    holders: ['input'],
    check: checkDispatch,
  },
  rich_text_input: {
    keys: [...common, 'initial_value', 'dispatch_action_config'],
    holders: ['input'],
    check: checkDispatch,
  },
  file_input: {
    keys: ['filetypes', 'max_files'],
    holders: ['input'],
    check: (element, report, where) => {
      if (where.surface !== 'modal') report.say('unsupported type: file_input', 'type');
      const { max_files: most } = element;
      if (most !== undefined && (typeof most !== 'number' || most < 1 || most > limits.files))
        report.say(`must be between 1 and ${limits.files}`, 'max_files');
      if (element.filetypes !== undefined) report.items(element, 'filetypes', { least: 1 });
    },
  },
  image: {
    keys: ['image_url', 'slack_file', 'alt_text'],
    holders: ['section', 'context'],
    check: (element, report, where) => report.image(element, where.image),
  },
  feedback_buttons: { keys: ['positive_button', 'negative_button'], holders: ['context_actions'] },
  icon_button: {
    keys: ['icon', 'text', 'value', 'confirm', 'accessibility_label', 'visible_to_user_ids'],
    holders: ['context_actions'],
    check: (element, report) => {
      report.string(element, 'icon', { required: true });
      report.textObject(element, 'text', { most: limits.buttonText, required: true });
    },
  },
  workflow_button: {
    keys: ['text', 'workflow', 'style', 'accessibility_label'],
    holders: ['section', 'actions'],
    check: (element, report) => report.textObject(element, 'text', { most: limits.buttonText, required: true }),
  },
};

/** Reports everything Slack would refuse in one element of a block. */
export function checkElement(element: Json, report: Report, { holder, where }: { holder: Holder; where: Where }): void {
  const type = asText(element.type);
  const kind = elementKinds[type];
  if (!type) {
    report.say('missing required field: type');
    return;
  }
  if (!kind?.holders.includes(holder)) {
    report.say(`unsupported type: ${type}`, 'type');
    return;
  }
  report.keys(element, ['type', ...(type === 'image' ? [] : ['action_id']), ...kind.keys]);
  report.string(element, 'action_id', { least: 1, most: limits.id });
  report.boolean(element, 'focus_on_load');
  report.textObject(element, 'placeholder', { most: limits.placeholder });
  if (element.confirm !== undefined) checkConfirm(element.confirm, report.at('confirm'));
  kind.check?.(element, report, where);
}

function checkConfirm(confirm: unknown, report: Report): void {
  if (!isJson(confirm)) {
    report.say('must provide an object');
    return;
  }
  report.keys(confirm, ['title', 'text', 'confirm', 'deny', 'style']);
  report.textObject(confirm, 'title', { most: limits.confirmTitle, required: true });
  report.textObject(confirm, 'text', { most: limits.confirmText, required: true, mrkdwn: true });
  report.textObject(confirm, 'confirm', { most: limits.confirmButton, required: true });
  report.textObject(confirm, 'deny', { most: limits.confirmButton, required: true });
  report.oneOf(confirm, 'style', ['primary', 'danger']);
}

function checkDispatch(element: Json, report: Report): void {
  const config = element.dispatch_action_config;
  if (config === undefined) return;
  if (!isJson(config)) {
    report.say('must provide an object', 'dispatch_action_config');
    return;
  }
  const on = config.trigger_actions_on;
  const known = ['on_enter_pressed', 'on_character_entered'];
  if (!Array.isArray(on) || !on.length || on.some(one => !known.includes(String(one))))
    report.say('must be a valid enum value', 'dispatch_action_config/trigger_actions_on');
}

function checkSelect(element: Json, report: Report): void {
  if ('options' in element === 'option_groups' in element) {
    report.say('must define either `options` or `option_groups`');
    return;
  }
  if ('options' in element) report.items(element, 'options', { least: 1, most: limits.selectOptions });
  else {
    report.items(element, 'option_groups', { least: 1, most: limits.selectOptions });
    for (const [i, group] of asList(element.option_groups).entries()) {
      const at = report.at(`option_groups/${i}`);
      at.textObject(group, 'label', { most: limits.optionText, required: true });
      at.items(group, 'options', { least: 1, most: limits.selectOptions });
    }
  }
  checkOptions(element, report, {});
}

function checkOptions(element: Json, report: Report, { mrkdwn = false }: { mrkdwn?: boolean }): void {
  const groups = asList(element.option_groups);
  const lists = groups.length
    ? groups.map((group, i) => ({ options: asList(group.options), at: report.at(`option_groups/${i}`) }))
    : [{ options: asList(element.options), at: report }];
  for (const { options, at } of lists)
    for (const [i, option] of options.entries()) {
      const one = at.at(`options/${i}`);
      one.keys(option, ['text', 'value', 'description', ...(element.type === 'overflow' ? ['url'] : [])]);
      one.textObject(option, 'text', { most: limits.optionText, required: true, mrkdwn });
      one.string(option, 'value', { least: 1, most: limits.optionValue, required: true });
      one.textObject(option, 'description', { most: limits.optionDescription, mrkdwn });
    }
  const all = optionsOf(element).map(essence);
  if (element.initial_option !== undefined && !all.some(one => isDeepStrictEqual(one, essence(element.initial_option))))
    report.say('must match one of the provided options', 'initial_option');
  if (element.initial_options !== undefined) {
    report.items(element, 'initial_options', { least: 1 });
    for (const [i, initial] of asList(element.initial_options).entries())
      if (!all.some(one => isDeepStrictEqual(one, essence(initial))))
        report.say('must match one of the provided options', `initial_options/${i}`);
  }
}

function essence(option: unknown): unknown {
  if (!isJson(option)) return option;
  const { text, description } = option;
  return {
    value: option.value,
    text: isJson(text) ? [text.type, text.text] : text,
    description: isJson(description) ? [description.type, description.text] : description,
  };
}
