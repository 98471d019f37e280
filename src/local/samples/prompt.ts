/** The classes of the sample task, in the order in which the instruction names them. */
export const intents = ['billing', 'cancellation', 'delivery', 'login', 'refund', 'technical'] as const;

/** One class of the sample task: what a support message is about. */
export type Intent = (typeof intents)[number];

/** The `input_text` for a support message: the instruction, then the message. */
export function prompt(message: string): string {
  const classes = intents.join(', ');
  return `Classify the following support message into one of the following classes: [${classes}] Message: ${message}`;
}
