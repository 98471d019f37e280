import type { google } from '@google-cloud/firestore-api/protos';

type Timestamp = google.protobuf.ITimestamp;

/** A moment in microseconds since 1970, as a message. */
export function timestamp(micros: number): Timestamp {
  const seconds = Math.floor(micros / 1e6);
  return { seconds, nanos: (micros - seconds * 1e6) * 1000 };
}

/** A message's moment, in microseconds since 1970. */
export function microseconds(time: Timestamp): number {
  return Number(time.seconds ?? 0) * 1e6 + Math.floor((time.nanos ?? 0) / 1000);
}
