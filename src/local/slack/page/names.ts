import { html, type TemplateResult } from 'lit-html';
import { personOf, scene } from './scene.ts';
import type { Person } from './wire.ts';

const hues = ['#a23b52', '#4a5bb5', '#2f6f3e', '#8a5a14', '#6b4fa0', '#0f6e6e', '#8a4b9b', '#1f6f8b'];

/** A person as a coloured square with their initials; the app has its own sign. */
export function avatar(person: Person, { size = 'usual' }: { size?: 'usual' | 'small' | 'tiny' } = {}): TemplateResult {
  if (person.id === scene.snapshot?.app.botUser)
    return html`<img class="avatar ${size}" src="/page/retort.svg" alt="" aria-hidden="true" />`;
  const at = scene.snapshot?.people.findIndex(one => one.id === person.id) ?? 0;
  const letters = person.realName
    .split(/\s+/)
    .map(word => word[0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase();
  return html`<span class="avatar ${size}" style="background:${hues[Math.max(at, 0) % hues.length]}" aria-hidden="true">${letters}</span>`;
}

/** What a user, group or channel is called where a message mentions it. */
export function nameOf(kind: 'user' | 'group' | 'channel', { id, label }: { id: string; label: string }): string {
  if (kind === 'user') {
    const person = personOf(id);
    return `@${person.name === id && label ? label : person.name}`;
  }
  if (kind === 'group') {
    const group = scene.snapshot?.groups.find(one => one.id === id);
    return group ? `@${group.handle}` : label || `@${id}`;
  }
  const channel = scene.snapshot?.channels.find(one => one.id === id);
  return channel ? `#${channel.name}` : label ? `#${label}` : '#private channel';
}
