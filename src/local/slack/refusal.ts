/** An `ok: false` answer of the Web API: Slack's error string and, where it explains itself, its messages. */
export class Refusal extends Error {
  readonly code: string;
  readonly messages: string[];

  constructor(code: string, { messages = [] }: { messages?: string[] } = {}) {
    super(`Slack refuses with "${code}"${messages.length ? `: ${messages.join(', ')}` : ''}`);
    this.code = code;
    this.messages = messages;
  }
}
