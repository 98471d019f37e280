/** Asks a stand-in of one of Google's APIs, with a token it knows, and gives what it answers. */
export function asking<Body>(url: () => string) {
  return async (
    method: string,
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<{ status: number; body: Body }> => {
    const answer = await fetch(`${url()}${path}`, {
      method,
      headers: { Authorization: 'Bearer known', 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    return { status: answer.status, body: (await answer.json()) as Body };
  };
}
