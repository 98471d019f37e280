import { asList, asText, isJson, type Json } from './json.ts';
import { limits } from './limits.ts';
import type { Report } from './report.ts';

/** Reports what Slack would refuse in the rows of a table. */
export function checkRows(block: Json, report: Report, most: number): void {
  report.items(block, 'rows', { least: 1, most });
  if (!Array.isArray(block.rows)) return;
  for (const [i, row] of (block.rows as unknown[]).entries()) {
    if (!Array.isArray(row)) report.say('must provide an array', `rows/${i}`);
    else if (row.length > limits.tableColumns)
      report.say(`no more than ${limits.tableColumns} items allowed`, `rows/${i}`);
    for (const [j, cell] of asList(row).entries())
      if (!['raw_text', 'raw_number', 'rich_text'].includes(asText(cell.type)))
        report.say(`unsupported type: ${asText(cell.type)}`, `rows/${i}/${j}/type`);
  }
}

const richParts = ['rich_text_section', 'rich_text_list', 'rich_text_preformatted', 'rich_text_quote'];
const richLeaves = ['text', 'link', 'emoji', 'user', 'usergroup', 'channel', 'broadcast', 'date', 'color', 'team'];

/** Reports what Slack would refuse in rich text. */
export function checkRichText(block: Json, report: Report): void {
  report.items(block, 'elements', {});
  for (const [i, part] of asList(block.elements).entries()) {
    const at = report.at(`elements/${i}`);
    if (!richParts.includes(asText(part.type))) {
      at.say(`unsupported type: ${asText(part.type)}`, 'type');
      continue;
    }
    at.items(part, 'elements', {});
    if (part.type === 'rich_text_list') {
      at.oneOf(part, 'style', ['bullet', 'ordered'], { required: true });
      checkRichText(part, at);
      continue;
    }
    for (const [j, leaf] of asList(part.elements).entries()) {
      const type = asText(leaf.type);
      const allowed = part.type === 'rich_text_preformatted' ? ['text', 'link'] : richLeaves;
      if (!allowed.includes(type)) at.say(`unsupported type: ${type}`, `elements/${j}/type`);
      else if (type === 'text') at.at(`elements/${j}`).string(leaf, 'text', { least: 1, required: true });
    }
  }
}

/** Reports what Slack would refuse in a chart. */
export function checkChart(block: Json, report: Report): void {
  report.string(block, 'title', { most: limits.chartTitle, least: 1, required: true });
  if (!isJson(block.chart)) {
    report.say('missing required field: chart');
    return;
  }
  const { chart } = block;
  const at = report.at('chart');
  at.oneOf(chart, 'type', ['line', 'bar', 'area', 'pie'], { required: true });
  if (chart.type === 'pie') {
    at.items(chart, 'segments', { least: 1, most: limits.chartSeries });
    for (const [i, segment] of asList(chart.segments).entries()) {
      at.at(`segments/${i}`).string(segment, 'label', { most: limits.chartLabel, least: 1, required: true });
      if (typeof segment.value !== 'number' || !(segment.value > 0))
        at.say('must be more than 0', `segments/${i}/value`);
    }
    return;
  }
  at.items(chart, 'series', { least: 1, most: limits.chartSeries });
  const axis = isJson(chart.axis_config) ? chart.axis_config : {};
  const categories = Array.isArray(axis.categories) ? (axis.categories as unknown[]).map(String) : [];
  if (!categories.length) at.say('missing required field: categories', 'axis_config');
  if (new Set(categories).size !== categories.length) at.say('categories must be unique', 'axis_config/categories');
  for (const [i, category] of categories.entries())
    if (category.length > limits.chartLabel)
      at.say(`must be less than ${limits.chartLabel + 1} characters`, `axis_config/categories/${i}`);
  for (const name of ['x_label', 'y_label']) at.at('axis_config').string(axis, name, { most: limits.chartTitle });
  const names = asList(chart.series).map(series => asText(series.name));
  if (new Set(names).size !== names.length) at.say('series names must be unique', 'series');
  for (const [i, series] of asList(chart.series).entries()) {
    const one = at.at(`series/${i}`);
    one.string(series, 'name', { most: limits.chartLabel, least: 1, required: true });
    one.items(series, 'data', { least: 1, most: limits.chartPoints });
    const points = asList(series.data);
    const labels = points.map(point => String(point.label));
    if (labels.length !== categories.length || categories.some(category => !labels.includes(category)))
      one.say('must have exactly one value for each category', 'data');
    if (points.some(point => typeof point.value !== 'number' || !Number.isFinite(point.value)))
      one.say('must provide a number', 'data');
  }
}
