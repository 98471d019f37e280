/** The callback id of the form that moves a job to the other accelerator, and what the choice on the card that opens it begins with. */
export const moveIds = { form: 'move', open: 'move' } as const;
