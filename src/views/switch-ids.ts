/** The callback id of the form that switches a job to the other accelerator, and what the choice on the card that opens it begins with. */
export const switchIds = { form: 'switch', open: 'switch' } as const;
