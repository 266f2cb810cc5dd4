// Whether what a vendor sends is wanted yet. It is closed while nobody who reads an answer takes more of it; then the vendor's
// connection is not read, and what is not read waits at the vendor and not in this process.

export class Flow {
  #isClosed = false;
  #isFree = false;
  #onChange: () => void = () => {};

  get isClosed(): boolean {
    return this.#isClosed;
  }

  set isClosed(isClosed: boolean) {
    if (this.#isFree || isClosed === this.#isClosed) return;
    this.#isClosed = isClosed;
    this.#onChange();
  }

  /** Others read the same answer, whom nobody may hold up: it is open from here on. */
  free(): void {
    this.isClosed = false;
    this.#isFree = true;
  }

  /** Whoever reads from the vendor; one at a time. */
  onChange(action: () => void): void {
    this.#onChange = action;
  }
}
