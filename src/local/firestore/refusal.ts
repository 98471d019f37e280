import { status } from '@grpc/grpc-js';

/** A request that Firestore would not carry out, with the status it would answer. */
export class Refusal extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** Says that the server does not do this, in the words of the client's caller. */
export function unimplemented(what: string): Refusal {
  return new Refusal(status.UNIMPLEMENTED, `The local Firestore does not do ${what}.`);
}

/** Says that a request makes no sense. */
export function invalid(message: string): Refusal {
  return new Refusal(status.INVALID_ARGUMENT, message);
}
