/** Where French writes a plain space that may break before a sign or within a number, or formats right beside one that may not. */
export function badlySpaced(french: string): string[] {
  const torn = /.{0,10}[\p{L}\p{N})»`*] (?:[;!?»]|:(?=\s|$)|\d{3}(?!\d)(?<=\d \d{3})|%).{0,10}|« .{0,10}/gu;
  // Whether Slack takes a no-break space for the end of a word is not documented.
  const close = /.{0,10}(?:[*`][\u00a0\u202f]|[\u00a0\u202f][*`]).{0,10}/g;
  const spaced = french.replace(/<!date\^[^>]*>/g, '');
  return [...(spaced.match(torn) ?? []), ...(spaced.match(close) ?? [])];
}
