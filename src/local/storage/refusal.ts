/** A request that Cloud Storage would not carry out: its status, and the reason by which clients tell errors apart. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** The error as the JSON API words it. */
export function errorBody({ status, reason, message }: Refusal) {
  return { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } };
}

/** Says that a bucket does not exist. */
export function noBucket(): Refusal {
  return new Refusal(404, 'notFound', 'The specified bucket does not exist.');
}

/** Says that an object, or that generation of it, does not exist. */
export function noObject(bucket: string, name: string): Refusal {
  return new Refusal(404, 'notFound', `No such object: ${bucket}/${name}`);
}

/** Says that the caller lacks a permission on a bucket. */
export function forbidden(permission: string, bucket: string): Refusal {
  return new Refusal(
    403,
    'forbidden',
    `The caller does not have ${permission} access to the Google Cloud Storage bucket "${bucket}". Permission '${permission}' denied on resource (or it may not exist).`,
  );
}

/** Says that a precondition did not hold. */
export function preconditionFailed(): Refusal {
  return new Refusal(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
}

/** Says that a request makes no sense. */
export function invalid(message: string): Refusal {
  return new Refusal(400, 'invalid', message);
}
