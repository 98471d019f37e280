const byEnding: Record<string, { mimetype: string; filetype: string }> = {
  csv: { mimetype: 'text/csv', filetype: 'csv' },
  json: { mimetype: 'text/plain', filetype: 'json' },
  jsonl: { mimetype: 'text/plain', filetype: 'text' },
  md: { mimetype: 'text/markdown', filetype: 'markdown' },
  pdf: { mimetype: 'application/pdf', filetype: 'pdf' },
  py: { mimetype: 'text/plain', filetype: 'python' },
  sh: { mimetype: 'text/plain', filetype: 'shell' },
  svg: { mimetype: 'image/svg+xml', filetype: 'svg' },
  txt: { mimetype: 'text/plain', filetype: 'text' },
};

const byStart: [string, { mimetype: string; filetype: string }][] = [
  ['89504e470d0a1a0a', { mimetype: 'image/png', filetype: 'png' }],
  ['ffd8ff', { mimetype: 'image/jpeg', filetype: 'jpg' }],
  ['474946383', { mimetype: 'image/gif', filetype: 'gif' }],
];

/** What kind of file this is, by its first bytes and then by its name. */
export function fileKind(name: string, bytes: Buffer): { mimetype: string; filetype: string } {
  const start = bytes.subarray(0, 8).toString('hex');
  const seen = byStart.find(([magic]) => start.startsWith(magic));
  const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
  return seen?.[1] ?? byEnding[ending] ?? { mimetype: 'application/octet-stream', filetype: 'binary' };
}

/** The size of a PNG in pixels, as its header says. */
export function pngSize(bytes: Buffer): { width: number; height: number } | undefined {
  if (!bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')) || bytes.length < 24) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}
