import type { Write } from './protocol.ts';
import type { Stored, Written } from './write.ts';
import { nameOf, written } from './write.ts';

/** All documents, by collection and name; names carry their project and database, so these never mix. */
export class Store {
  #collections = new Map<string, Map<string, Stored>>();
  #last = 0;

  /** A moment not before any commit: microseconds since 1970. */
  now(): number {
    return Math.max(Date.now() * 1000, this.#last);
  }

  /** The document of this name, if it exists. */
  get(name: string): Stored | undefined {
    return this.#collections.get(parent(name))?.get(name);
  }

  /** The documents of every collection whose path passes. */
  *documents(passes: (collection: string) => boolean): Generator<Stored> {
    for (const [path, documents] of this.#collections) if (passes(path)) yield* documents.values();
  }

  /** The documents of one collection. */
  collection(path: string): Iterable<Stored> {
    return this.#collections.get(path)?.values() ?? [];
  }

  /** The paths of all collections that hold a document. */
  collections(): Iterable<string> {
    return this.#collections.keys();
  }

  /** Carries out all writes at once, at a moment no other commit has, or throws and carries out none. */
  commit(writes: Write[]): { time: number; written: Written[] } {
    const time = Math.max(Date.now() * 1000, this.#last + 1);
    const changed = new Map<string, Stored | undefined>();
    const done = writes.map(write => {
      const name = nameOf(write);
      const base = this.get(name);
      const result = written(write, { before: changed.has(name) ? changed.get(name) : base, base, time });
      changed.set(name, result.after);
      return result;
    });
    this.#last = time;
    for (const [name, document] of changed) this.#put(name, document);
    return { time, written: done };
  }

  /** Forgets every document, but not the time. */
  clear(): void {
    this.#collections.clear();
  }

  #put(name: string, document: Stored | undefined): void {
    const path = parent(name);
    const collection = this.#collections.get(path) ?? new Map<string, Stored>();
    if (document) this.#collections.set(path, collection.set(name, document));
    else if (collection.delete(name) && collection.size === 0) this.#collections.delete(path);
  }
}

function parent(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}
