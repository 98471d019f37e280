import { html, nothing, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { messageTime } from './dates.ts';
import { asJson, asList, asText, isJson, type Json } from './json.ts';
import { isTurning, panel, turn } from './panel.ts';
import { scene } from './scene.ts';

/** What can be made to go wrong, as switches. */
export function faults(): TemplateResult | typeof nothing {
  const { switches, program } = asJson(scene.extra);
  if (!asList(switches).length && !program) return nothing;
  const restarting = asJson(program).restarting === true || isTurning('restart');
  const restarts = Number(asJson(program).restarts ?? 0);
  return panel(
    'What can go wrong',
    html`${asList(switches).map(switchView)}
    ${
      program
        ? html`<div class="turnline">
            <span><strong>Kill Retort and start it again</strong><small>${
              restarting
                ? 'Starting …'
                : restarts
                  ? `Done ${restarts === 1 ? 'once' : `${restarts} times`}`
                  : 'In the middle of whatever it does'
            }</small></span>
            <button type="button" class="small button danger" aria-disabled=${restarting ? 'true' : 'false'} @click=${() => !restarting && turn('restart')}>
              Kill
            </button>
          </div>`
        : nothing
    }`,
  );
}

function switchView(one: Json): TemplateResult {
  const name = asText(one.name);
  const on = one.on === true;
  return html`<label class="turnline">
    <span><strong>${asText(one.title)}</strong><small>${asText(one.says)}</small></span>
    <input
      type="checkbox"
      role="switch"
      class="switch"
      .checked=${live(on)}
      @change=${() => turn('switch', { name, on: !on })}
    />
  </label>`;
}

/** Cloud Scheduler: whether it knocks, and what the last knock from here brought. */
export function scheduler(): TemplateResult | typeof nothing {
  const { scheduler: state } = asJson(scene.extra);
  if (!isJson(state)) return nothing;
  const paused = state.paused === true;
  const knocking = state.knocking === true || isTurning('knock');
  const last = isJson(state.last) ? state.last : undefined;
  return panel(
    'Cloud Scheduler',
    html`<label class="turnline">
      <span><strong>Knocks by itself</strong><small>${paused ? 'Paused: nothing moves on by itself' : 'Unfinished jobs move on'}</small></span>
      <input
        type="checkbox"
        role="switch"
        class="switch"
        .checked=${live(!paused)}
        @change=${() => turn(paused ? 'resume-scheduler' : 'pause-scheduler')}
      />
    </label>
    <div class="turnline">
      <span
        ><strong>Knock now</strong><small>${
          knocking
            ? 'Knocking …'
            : last
              ? `${messageTime(String(Date.parse(asText(last.at)) / 1000)).time}: ${last.status ? `${String(last.status)} after ${String(last.ms)} ms` : asText(last.said)}`
              : 'One call of POST /poll'
        }</small></span
      >
      <button type="button" class="small button" aria-disabled=${knocking ? 'true' : 'false'} @click=${() => !knocking && turn('knock')}>
        Knock
      </button>
    </div>`,
  );
}
