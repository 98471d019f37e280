/** Google's canonical errors: the number used inside resources, and the HTTP status used on the wire. Source: google/rpc/code.proto. */
export const codes = {
  CANCELLED: { code: 1, http: 499 },
  UNKNOWN: { code: 2, http: 500 },
  INVALID_ARGUMENT: { code: 3, http: 400 },
  DEADLINE_EXCEEDED: { code: 4, http: 504 },
  NOT_FOUND: { code: 5, http: 404 },
  ALREADY_EXISTS: { code: 6, http: 409 },
  PERMISSION_DENIED: { code: 7, http: 403 },
  RESOURCE_EXHAUSTED: { code: 8, http: 429 },
  FAILED_PRECONDITION: { code: 9, http: 400 },
  ABORTED: { code: 10, http: 409 },
  UNIMPLEMENTED: { code: 12, http: 501 },
  INTERNAL: { code: 13, http: 500 },
  UNAVAILABLE: { code: 14, http: 503 },
  UNAUTHENTICATED: { code: 16, http: 401 },
} as const;

/** The name of a canonical error. */
export type Status = keyof typeof codes;

/** An error as resources carry it (google.rpc.Status). */
export type RpcStatus = { code: number; message: string };

/** Something that Vertex AI refuses or fails with, on the wire and inside a pipeline job alike. */
export class Trouble extends Error {
  readonly status: Status;

  constructor(status: Status, message: string) {
    super(message);
    this.status = status;
  }
}

/** The body of an HTTP error answer. */
export function wire({ status, message }: { status: Status; message: string }): object {
  return { error: { code: codes[status].http, message, status, details: [] } };
}

/** The form an error takes inside a pipeline job or a task. */
export function rpc(error: unknown): RpcStatus {
  if (error instanceof Trouble) return { code: codes[error.status].code, message: error.message };
  return { code: codes.INTERNAL.code, message: error instanceof Error ? error.message : String(error) };
}
