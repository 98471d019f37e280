/** Shows a menu beside its button and puts the focus on its first entry. */
export function openMenu(button: HTMLElement, menu: HTMLElement): void {
  menu.showPopover();
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + 4 + height <= innerHeight;
  menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
  entries(menu)[0]?.focus();
}

/** Moves through a menu with the keys a menu has. */
export function menuKey(event: KeyboardEvent, { button, menu }: { button: HTMLElement; menu: HTMLElement }): void {
  const all = entries(menu);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next !== undefined) all[(next + all.length) % all.length]?.focus();
  else if (event.key === 'Escape' || event.key === 'Tab') {
    menu.hidePopover();
    button.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function entries(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
}
