/** What the choices on the card begin with by which somebody mutes a job for themselves, and hears of it again. */
export const muteIds = { on: 'mute', off: 'unmute' } as const;
