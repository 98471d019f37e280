/** The action ids of App Home's button that turns direct messages on, and off. */
export const preferIds = { on: 'prefer-direct', off: 'prefer-none' } as const;
