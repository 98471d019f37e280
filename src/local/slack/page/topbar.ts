import { html, nothing, type TemplateResult } from 'lit-html';
import { followExtra, followTraffic } from './live.ts';
import { avatar } from './names.ts';
import { become } from './place.ts';
import { unseenMentions } from './reading.ts';
import { change, me, scene } from './scene.ts';
import { nextTheme, themeName } from './theme.ts';
import type { Person } from './wire.ts';

/** The strip at the top: what this is, who one is, and what lies behind. */
export function topbar(): TemplateResult {
  return html`<header class="topbar">
    <p class="miniature">
      <strong>Vertex AI here is a miniature.</strong>
      <span>All runs on this machine; the training is real, and small.</span>
    </p>
    ${scene.connected ? nothing : html`<p class="lost" role="alert">Connection lost. Trying again …</p>`} ${who()}
    <button type="button" class="topbutton" @click=${nextTheme} aria-label="Theme: ${themeName()}" title="Theme: ${themeName()}">
      <span aria-hidden="true">${{ light: '☼', dark: '☾', auto: '◐' }[themeName()]}</span>
    </button>
    <button type="button" class="topbutton behind" aria-expanded=${scene.drawer ? 'true' : 'false'} aria-controls="drawer" @click=${toggleDrawer}>
      Behind the scenes
    </button>
  </header>`;
}

function toggleDrawer(): void {
  change({ drawer: !scene.drawer });
  if (!scene.drawer) return;
  void followTraffic();
  void followExtra();
}

function who(): TemplateResult {
  const people = (scene.snapshot?.people ?? []).filter(one => one.role !== 'bot' && !one.deactivated);
  return html`<fieldset class="who">
    <legend class="unseen">You are</legend>
    ${people.map(person => {
      const waiting = person.id === me().id ? 0 : mentionsOf(person);
      return html`<label class="person" title=${roleOf(person)}>
        <input
          type="radio"
          name="who"
          value=${person.name}
          .checked=${person.id === me().id}
          @change=${() => void become(person.name)}
        />
        ${avatar(person, { size: 'tiny' })}<span class="person-name">${person.realName.split(' ')[0]}</span>
        ${waiting ? html`<span class="dot"><span class="unseen">${waiting} waiting</span></span>` : nothing}
      </label>`;
    })}
  </fieldset>`;
}

/** What waits for someone else, as far as whoever looks can see. */
function mentionsOf(person: Person): number {
  return (scene.snapshot?.channels ?? [])
    .filter(one => one.kind !== 'im')
    .reduce((sum, channel) => sum + unseenMentions(person.id, { channel }), 0);
}

function roleOf(person: Person): string {
  const groups = (scene.snapshot?.groups ?? []).filter(one => one.people.includes(person.id));
  const roles = [...groups.map(one => one.name), ...(person.role === 'guest' ? ['guest'] : [])];
  return `${person.realName}${roles.length ? `, ${roles.join(', ')}` : ''}`;
}
