import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { repeat } from 'lit-html/directives/repeat.js';
import { asJson, asList, asText, type Json } from './json.ts';
import { panel, turn } from './panel.ts';
import { change, scene } from './scene.ts';

const stops = [1, 10, 60, 300, 600, 1800, 3600];
const runMinutes = 70;
let sliding: number | undefined;

/** Pipeline time, and the jobs of the miniature with their tasks. */
export function pipelines(): TemplateResult | typeof nothing {
  const { time, jobs } = asJson(scene.extra);
  if (!time) return nothing;
  return panel(
    'Vertex AI, a miniature',
    html`${slider(Number(asJson(time).speed))}
    <div class="jobs">
      ${
        asList(jobs).length
          ? repeat(
              asList(jobs),
              job => asText(job.id),
              (job, i) => jobView(job, { open: i === 0 }),
            )
          : html`<p class="quiet">No job yet.</p>`
      }
    </div>`,
  );
}

function slider(speed: number): TemplateResult {
  const at = sliding ?? nearest(speed);
  const shown = sliding === undefined ? speed : stops[sliding]!;
  return html`<label class="speed">
    <span>Pipeline time <strong>${shown}×</strong> <small>${meaning(shown)}</small></span>
    <input
      type="range"
      min="0"
      max=${stops.length - 1}
      step="1"
      aria-valuetext="${shown} times as fast, ${meaning(shown)}"
      .value=${live(String(at))}
      @input=${(event: Event) => {
        sliding = Number((event.currentTarget as HTMLInputElement).value);
        change();
      }}
      @change=${async (event: Event) => {
        await turn('speed', { speed: stops[Number((event.currentTarget as HTMLInputElement).value)] });
        sliding = undefined;
        change();
      }}
    />
    <span class="ends" aria-hidden="true"><span>1×</span><span>3600×</span></span>
  </label>`;
}

function nearest(speed: number): number {
  const distances = stops.map(stop => Math.abs(Math.log(stop / Math.max(speed, 1))));
  return distances.indexOf(Math.min(...distances));
}

function meaning(speed: number): string {
  if (!speed) return 'it stands still';
  const seconds = (runMinutes * 60) / speed;
  const length =
    seconds < 90
      ? `${Math.round(seconds)} s`
      : seconds < 5400
        ? `${Math.round(seconds / 60)} min`
        : `${(seconds / 3600).toFixed(1)} h`;
  return `a run of ${runMinutes} min takes ${length}`;
}

function jobView(job: Json, { open }: { open: boolean }): TemplateResult {
  const id = asText(job.id);
  const state = asText(job.state);
  const [step, steps] = [Number(job.step), Number(job.steps)];
  return html`<details class="job" ?open=${open}>
    <summary>
      <span class="job-title">${asText(job.title) || id}</span>
      <span class="state ${state.toLowerCase()}">${words(state)}</span>
    </summary>
    <div class="job-inner">
      <div class="job-line">
        <code>${id}</code>
        ${
          state === 'RUNNING'
            ? html`<button type="button" class="small button" @click=${() => turn('pause-job', { id })}>Pause</button>`
            : state === 'PAUSED'
              ? html`<button type="button" class="small button" @click=${() => turn('resume-job', { id })}>Resume</button>`
              : nothing
        }
      </div>
      ${
        steps
          ? html`<label class="steps"
              ><span>Step ${step} of ${steps}</span><progress max=${steps} value=${step}></progress
            ></label>`
          : nothing
      }
      ${job.error ? html`<p class="job-error">${asText(job.error)}</p>` : nothing}
      <ul class="tasks">
        ${asList(job.tasks).map(task => {
          const how = asText(task.state);
          return html`<li class=${task.inner ? 'inner' : ''}>
            <span class="sign ${how.toLowerCase()}" aria-hidden="true">${signs[how] ?? '○'}</span>
            <span>${asText(task.name)}</span><small>${words(how)}</small>
          </li>`;
        })}
      </ul>
    </div>
  </details>`;
}

const signs: Record<string, string> = { SUCCEEDED: '✓', RUNNING: '●', FAILED: '✕', CANCELLED: '–', CANCELLING: '●' };

function words(state: string): string {
  return state.toLowerCase().replaceAll('_', ' ');
}
