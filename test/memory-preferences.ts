import type { Preferences } from '../src/world.ts';

/** Preferences in memory: the same port as Firestore's, held by the same suite. */
export function memoryPreferences(): Preferences {
  const direct = new Set<string>();
  return {
    direct: async user => direct.has(user),
    async prefer(user, wanted) {
      if (wanted) direct.add(user);
      else direct.delete(user);
    },
  };
}
