/* Files and folders in memory, by key. A removed file that is still open keeps its bytes. */
import { posix } from 'node:path';

export interface MemoryFile {
  bytes: Buffer;
  readonly createdAtMs: number;
}

export class MemoryDisk {
  readonly #nowMs: () => number;
  readonly #files = new Map<string, MemoryFile>();
  /** The names in each folder. */
  readonly #folders = new Map<string, Set<string>>();

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  get keys(): readonly string[] {
    return [...this.#files.keys()];
  }

  file(key: string): MemoryFile | undefined {
    return this.#files.get(key);
  }

  hasFolder(key: string): boolean {
    return this.#folders.has(key);
  }

  /** Creates the folder and those that it is in. */
  addFolder(key: string): void {
    if (this.#folders.has(key)) return;
    this.#folders.set(key, new Set());
    this.#name(key);
  }

  /** Creates or replaces a file. */
  put(key: string, bytes: Buffer): MemoryFile {
    const file = { bytes, createdAtMs: this.#nowMs() };
    this.putFile(key, file);
    return file;
  }

  /** Gives a file a name, as a move does. */
  putFile(key: string, file: MemoryFile): void {
    if (!this.#files.has(key)) this.#name(key);
    this.#files.set(key, file);
  }

  /** Removes a file, or a folder with everything in it. */
  remove(key: string): void {
    for (const name of this.#folders.get(key) ?? []) this.remove(`${key}/${name}`);
    this.#folders.delete(key);
    this.#files.delete(key);
    this.#folders.get(posix.dirname(key))?.delete(posix.basename(key));
  }

  /** The names directly below a folder. */
  namesIn(folder: string): string[] {
    return [...(this.#folders.get(folder) ?? [])];
  }

  #name(key: string): void {
    const folder = posix.dirname(key);
    if (folder !== '.') this.addFolder(folder);
    else if (!this.#folders.has('.')) this.#folders.set('.', new Set());
    this.#folders.get(folder)?.add(posix.basename(key));
  }
}
