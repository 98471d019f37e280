import { change } from './scene.ts';

type Theme = 'auto' | 'light' | 'dark';

const themes: Theme[] = ['auto', 'light', 'dark'];

/** Which theme is chosen; `auto` follows the system. */
export function themeName(): Theme {
  const chosen = localStorage.getItem('theme');
  return themes.find(one => one === chosen) ?? 'auto';
}

/** Chooses the next theme. */
export function nextTheme(): void {
  localStorage.setItem('theme', themes[(themes.indexOf(themeName()) + 1) % themes.length]!);
  applyTheme();
  change();
}

/** Puts the chosen theme on the page. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = themeName();
}
