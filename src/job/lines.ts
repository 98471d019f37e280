import { limits } from './recipe.ts';

/** One line of a file, without its end; `undefined` text where the line was too long to keep or not UTF-8. */
export interface Line {
  number: number;
  text: string | undefined;
  fault?: 'too-long' | 'not-utf8';
  /** It ends with a carriage return and a newline, as on Windows. */
  crlf?: boolean;
  /** The file ended here without a newline. */
  unended?: boolean;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Cuts bytes into lines, holding at most one line of the allowed length in memory however the bytes arrive. */
export function lineSplitter(most: number = limits.lineBytes) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let pieces: Uint8Array[] = [];
  let length = 0;
  let number = 0;

  function hold(piece: Uint8Array) {
    length += piece.length;
    if (length > most) pieces = [];
    // Copied this way because a Buffer's own `slice` shares its memory with whoever handed it over.
    else if (piece.length) pieces.push(new Uint8Array(piece));
  }

  /** The line that ends with these bytes, which are read at once where they are all of it. */
  function finish(rest: Uint8Array): Line {
    number++;
    const tooLong = length + rest.length > most;
    const bytes = tooLong || !pieces.length ? rest : joined([...pieces, rest]);
    pieces = [];
    length = 0;
    if (tooLong) return { number, text: undefined, fault: 'too-long' };
    const crlf = bytes.at(-1) === carriageReturn;
    try {
      const text = decoder.decode(crlf ? bytes.subarray(0, -1) : bytes);
      return crlf ? { number, text, crlf } : { number, text };
    } catch {
      return { number, text: undefined, fault: 'not-utf8' };
    }
  }

  return {
    /** The lines that these bytes complete. */
    push(chunk: Uint8Array): Line[] {
      const lines: Line[] = [];
      let from = 0;
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
        lines.push(finish(chunk.subarray(from, at)));
        from = at + 1;
      }
      hold(chunk.subarray(from));
      return lines;
    },
    /** The last line, where the file does not end with a newline. */
    end(): Line[] {
      return length ? [{ ...finish(new Uint8Array()), unended: true }] : [];
    },
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
